/* contlint's HTML report. The data is JSON in the page; all text of others becomes text nodes, never
 * markup. Nothing is fetched. */
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;
const text = (i) => (i < 0 ? null : strings[i]);

/* ---- the data, spelled out ---- */

const findings = data.findings.map((f, index) => ({
	index, fp: f[0], rule: text(f[1]), level: f[2], confidence: f[3], score: f[4],
	message: text(f[5]) || "", instead: text(f[6]), condition: text(f[7]), decided: text(f[8]),
	context: text(f[9]), file: f[10], line: f[11], column: f[12], endColumn: f[13],
	callback: text(f[14]) || "(unknown)", fn: text(f[15]), sink: text(f[16]) || "(unknown)",
	otherRoots: f[17], otherPaths: f[18], suppressed: text(f[19]), status: f[20], review: f[21],
	verdict: f[22], firstSeen: text(f[23]), firstCommit: text(f[24]), measured: f[25],
	stack: text(f[26]), workload: text(f[27]), hold: f[28], steps: f[29],
}));
for (const f of findings) {
	f.path = f.file < 0 ? "(unknown)" : data.files[f.file][0];
	f.words = [f.message, f.rule, f.path, f.callback, f.fn, f.sink, f.fp].join("\n").toLowerCase();
}

/* ---- making elements ---- */

function fill(element, children) {
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			element.append(child.nodeType ? child : document.createTextNode(String(child)));
	return element;
}
function h(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name === "cls" ? "class" : name, value === true ? "" : value);
	}
	return fill(element, children);
}
function svg(tag, attributes, ...children) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
	return fill(element, children);
}
const $ = (id) => document.getElementById(id);
const format = new Intl.NumberFormat("en");
const many = (n) => format.format(n);
const short = new Intl.NumberFormat("en", { notation: "compact" });
const plural = (n, word) => `${many(n)} ${word}${n === 1 ? "" : "s"}`;

function duration(ns) {
	if (ns >= 1e9) return (ns / 1e9).toPrecision(3) + " s";
	if (ns >= 1e6) return (ns / 1e6).toPrecision(3) + " ms";
	if (ns >= 1e3) return (ns / 1e3).toPrecision(3) + " µs";
	return ns + " ns";
}

/* ---- what is shown ---- */

const order = {
	level: ["error", "warning", "note"], confidence: ["high", "medium", "low"],
	verdict: ["confirmed", "unclear", "fast", "within-budget", "sink-not-reached", "not-executed", "stale", "untested"],
	status: ["new", "reopened", "unchanged"],
};
const facets = [
	["verdict", "Verdict"], ["level", "Level"], ["confidence", "Confidence"], ["status", "Status"],
	["rule", "Rule"], ["context", "Context"], ["review", "Review"],
];
const groupings = { none: "no groups", rule: "rule", path: "file", callback: "continuation", verdict: "verdict" };
const state = { chosen: {}, search: "", group: "rule", silenced: false, closed: new Set(), selected: null, step: -1 };

function matches(f, except) {
	if (!!f.suppressed !== state.silenced) return false;
	for (const key in state.chosen)
		if (key !== except && state.chosen[key].size && !state.chosen[key].has(f[key])) return false;
	return state.words.every((word) => f.words.includes(word));
}

function compareKeys(key) {
	const known = order[key];
	return (a, b) => known ? known.indexOf(a[0]) - known.indexOf(b[0]) : b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
}
function countBy(list, key) {
	const counts = new Map();
	for (const f of list) counts.set(f[key], (counts.get(f[key]) || 0) + 1);
	return [...counts].sort(compareKeys(key));
}

function drawFacets() {
	const nav = $("facets"), alike = [];
	nav.replaceChildren();
	for (const [key, title] of facets) {
		const counts = countBy(findings.filter((f) => matches(f, key)), key);
		const chosen = state.chosen[key] || new Set();
		for (const value of chosen) if (!counts.some((c) => c[0] === value)) counts.push([value, 0]);
		if (counts.length < 2 && !chosen.size) {
			if (counts.length) alike.push([title, counts[0][0]]);
			continue;
		}
		nav.append(h("h2", {}, title), ...counts.map(([value, count]) =>
			h("button", { cls: "facet", "aria-pressed": String(chosen.has(value)), title: value || "",
				onclick: () => toggle(key, value) },
				key === "level" || key === "verdict" ? h("i", { cls: "dot " + value }) : null,
				h("span", {}, value || "—"), h("span", { cls: "count" }, many(count)))));
	}
	if (!nav.firstChild)
		fill(nav, [h("div", { cls: "alike muted" }, alike.length ? "Nothing to choose from." : "Nothing to filter."),
			alike.map(([title, value]) => [h("h2", {}, title), h("div", { cls: "alike" }, value || "—")])]);
	const silenced = findings.filter((f) => f.suppressed).length;
	if (silenced)
		nav.append(h("h2", {}, "Silenced"), h("button", { cls: "facet", "aria-pressed": String(state.silenced),
			onclick: () => { state.silenced = !state.silenced; refresh(); } },
			h("span", {}, "suppressed"), h("span", { cls: "count" }, many(silenced))));
}
function toggle(key, value) {
	const chosen = state.chosen[key] = state.chosen[key] || new Set();
	if (!chosen.delete(value)) chosen.add(value);
	refresh();
}

/* ---- the list: only what is seen is in the page ---- */

const ROW = 56, GROUP = 34;
let items = [], total = 0, shown = [];

function layout() {
	const key = state.group;
	items = [];
	total = 0;
	const add = (item, height) => { item.top = total; item.height = height; total += height; items.push(item); };
	if (key === "none") {
		for (const f of shown) add({ f }, ROW);
	} else {
		const groups = new Map();
		for (const f of shown) groups.has(f[key]) ? groups.get(f[key]).push(f) : groups.set(f[key], [f]);
		/* The order of the report: the group whose worst finding is worst comes first. */
		const names = [...groups].map(([k, v]) => [k, v.length]);
		if (order[key]) names.sort(compareKeys(key));
		for (const [name] of names) {
			const closed = state.closed.has(key + "\n" + name);
			add({ name, count: groups.get(name).length, closed }, GROUP);
			if (!closed) for (const f of groups.get(name)) add({ f }, ROW);
		}
	}
	$("sizer").style.height = total + "px";
}
function firstAt(top) {
	let low = 0, high = items.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (items[middle].top + items[middle].height <= top) low = middle + 1; else high = middle;
	}
	return low;
}
function drawRow(f) {
	const badge = f.verdict !== "untested" ? h("span", { cls: "pill " + f.verdict }, f.verdict)
		: f.status === "new" && data.run.previous ? h("span", { cls: "pill new" }, "new") : null;
	return [h("div", { cls: "what" }, h("i", { cls: "dot " + f.level }), h("span", { cls: "sink" }, f.sink),
			h("span", { cls: "in" }, "in ", f.callback), badge),
		h("div", { cls: "where" }, h("span", { cls: "at" }, h("bdi", {}, f.path + ":" + f.line)),
			h("span", { cls: "rule" }, state.group === "rule" ? f.confidence + " confidence" : f.rule))];
}
function drawList() {
	const list = $("list"), sizer = $("sizer"), from = firstAt(list.scrollTop - 200);
	const bottom = list.scrollTop + list.clientHeight + 200, parts = [];
	for (let i = from; i < items.length && items[i].top < bottom; i++) {
		const item = items[i];
		const element = item.f
			? h("div", { cls: "row" + (item.f === state.selected ? " selected" : ""), role: "option", id: "row-" + item.f.index,
				"aria-selected": String(item.f === state.selected), onclick: () => select(item.f) }, drawRow(item.f))
			: h("button", { cls: "group", tabindex: "-1", "aria-expanded": String(!item.closed),
				onclick: () => { const k = state.group + "\n" + item.name;
					if (!state.closed.delete(k)) state.closed.add(k); layout(); drawList(); } },
				h("span", { cls: "name" }, item.name || "—"), h("span", { cls: "count" }, many(item.count)));
		element.style.top = item.top + "px";
		parts.push(element);
	}
	if (!items.length) parts.push(h("div", { cls: "empty" }, findings.length ? "Nothing matches." : "No findings."));
	sizer.replaceChildren(...parts);
}
function refresh() {
	state.words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
	shown = findings.filter((f) => matches(f));
	const narrowed = state.words.length || Object.values(state.chosen).some((c) => c.size);
	$("tally").replaceChildren(fill(h("span", {}), [plural(shown.length, "finding"), state.silenced ? " silenced" : ""]),
		...(narrowed ? [h("button", { onclick: clear }, "show all")] : []));
	layout();
	drawFacets();
	drawList();
}
function clear() {
	state.chosen = {};
	state.search = $("search").value = "";
	refresh();
}
function move(by) {
	const rows = items.filter((item) => item.f);
	if (!rows.length) return;
	const at = rows.findIndex((item) => item.f === state.selected);
	const item = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
	select(item.f);
	const list = $("list");
	if (item.top < list.scrollTop + GROUP) list.scrollTop = Math.max(0, item.top - GROUP);
	else if (item.top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = item.top + ROW - list.clientHeight;
}

/* ---- source ---- */

const KEYWORDS = new Set(("auto break case char const continue default do double else enum extern float for goto if inline int long " +
	"register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false NULL " +
	"size_t ssize_t uint8_t uint16_t uint32_t uint64_t int64_t int32_t").split(" "));
const TOKEN = /\/\*[^]*?(?:\*\/|$)|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\b\d[\w.]*|[A-Za-z_]\w*|^[ \t]*#[ \t]*\w+/gm;

/* Pieces [class, text] of each line of a chunk, made once. */
function colour(chunk) {
	if (chunk.lines) return chunk.lines;
	const lines = [[]];
	const put = (cls, piece) => piece.split("\n").forEach((part, i) => {
		if (i) lines.push([]);
		if (part) lines[lines.length - 1].push([cls, part]);
	});
	let at = 0;
	for (const match of chunk[1].matchAll(TOKEN)) {
		const word = match[0];
		put("", chunk[1].slice(at, match.index));
		put(word[0] === "/" ? "c" : word[0] === '"' || word[0] === "'" ? "s" : /^\d/.test(word) ? "n" :
			/^\s*#/.test(word) ? "m" : KEYWORDS.has(word) ? "k" : "", word);
		at = match.index + word.length;
	}
	put("", chunk[1].slice(at));
	return chunk.lines = lines;
}
function lineOf(file, number) {
	for (const chunk of data.files[file][1])
		if (number >= chunk[0]) {
			const lines = colour(chunk);
			if (number < chunk[0] + lines.length) return lines[number - chunk[0]];
		}
	return null;
}
/* Where the word at `column` ends. */
function wordEnd(pieces, column) {
	const word = pieces.map((piece) => piece[1]).join("").slice(column - 1).match(/^\w+/);
	return column + (word ? word[0].length : 1);
}
/* One line; the columns from..to (from 1, to past the end) are marked. */
function drawLine(pieces, from, to) {
	const out = [];
	let column = 1;
	for (const [cls, piece] of pieces) {
		const cuts = [0, from - column, to - column, piece.length].filter((c, i) => i === 0 || i === 3 || (c > 0 && c < piece.length));
		for (let i = 0; i + 1 < cuts.length; i++) {
			const part = piece.slice(cuts[i], cuts[i + 1]), start = column + cuts[i];
			const span = cls ? h("span", { cls }, part) : document.createTextNode(part);
			out.push(start >= from && start < to ? h("mark", {}, span) : span);
		}
		column += piece.length;
	}
	return out;
}
function drawCode(file, line, column, endColumn, before, after) {
	if (file < 0 || !lineOf(file, line)) return null;
	const box = h("div", { cls: "code" });
	const draw = () => {
		const pre = h("pre", {});
		let first = line, last = line;
		while (first > line - before && lineOf(file, first - 1)) first--;
		while (last < line + after && lineOf(file, last + 1)) last++;
		for (let n = first; n <= last; n++)
			pre.append(h("span", { cls: n === line ? "ln hit" : "ln" }, h("span", { cls: "no" }, n),
				n === line ? drawLine(lineOf(file, n), column, endColumn || wordEnd(lineOf(file, n), column)) : drawLine(lineOf(file, n), 0, 0)));
		box.replaceChildren(
			...(lineOf(file, first - 1) ? [h("button", { cls: "more", "aria-label": "more lines above", onclick: () => { before += 12; draw(); } }, "▴ more")] : []),
			h("div", { cls: "scroll", tabindex: "-1" }, pre),
			...(lineOf(file, last + 1) ? [h("button", { cls: "more", "aria-label": "more lines below", onclick: () => { after += 12; draw(); } }, "▾ more")] : []));
	};
	draw();
	return box;
}

/* ---- charts ---- */

/* Calls by how long they held the thread, powers of two; what is over the budget in red. */
function drawHistogram(hold, budget) {
	const counts = hold[7];
	let low = counts.findIndex((c) => c > 0), high = counts.length - 1;
	if (low < 0) return null;
	while (counts[high] === 0) high--;
	if (budget) { low = Math.min(low, Math.floor(Math.log2(budget)) - 1); high = Math.max(high, Math.ceil(Math.log2(budget))); }
	low = Math.max(0, low - 1);
	high = Math.min(counts.length - 1, high + 1);
	const width = 760, height = 170, left = 44, base = 140, n = high - low + 1, step = (width - left - 10) / n;
	const most = Math.max(...counts), scale = (c) => c ? 8 + 112 * Math.log(1 + c) / Math.log(1 + most) : 0;
	const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "histogram of hold times" });
	chart.append(svg("line", { class: "axis", x1: left, x2: width - 10, y1: base, y2: base }));
	for (let i = low; i <= high; i++) {
		const x = left + (i - low) * step, c = counts[i], bar = scale(c);
		if (c) {
			chart.append(svg("rect", { class: budget && 2 ** i >= budget ? "bar over" : "bar", x: x + 1.5, y: base - bar, width: Math.max(2, step - 3), height: bar, rx: 2 },
				svg("title", {}, `${plural(c, "call")}: ${duration(2 ** i)} to ${duration(2 ** (i + 1))}`)));
			chart.append(svg("text", { x: x + step / 2, y: base - bar - 5, "text-anchor": "middle" }, c < 10000 || step > 48 ? many(c) : short.format(c)));
		}
		if ((i - low) % Math.ceil(n / 12) === 0) chart.append(svg("text", { x, y: base + 16, "text-anchor": "middle" }, duration(2 ** i)));
	}
	if (budget) {
		const x = left + (Math.log2(budget) - low) * step;
		chart.append(svg("line", { class: "budget", x1: x, x2: x, y1: 6, y2: base }),
			svg("text", { class: "strong", x: x + 5, y: 15 }, "budget " + duration(budget)));
	}
	return h("div", { cls: "chart" }, chart, h("div", { cls: "legend" }, "calls by how long they held the thread; heights are logarithmic"));
}
function drawHistory() {
	const runs = data.runs;
	if (runs.length < 2) return null;
	const width = 760, height = 170, left = 44, base = 136, step = (width - left - 10) / runs.length;
	const most = Math.max(1, ...runs.map((r) => r[3] + r[4] + r[5]));
	const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "findings run by run" });
	for (const part of [0, .5, 1]) {
		const y = base - 116 * part;
		chart.append(svg("line", { class: "axis", x1: left, x2: width - 10, y1: y, y2: y }),
			svg("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, many(Math.round(most * part))));
	}
	runs.forEach((r, i) => {
		let y = base;
		const bar = svg("g", {}, svg("title", {}, `run ${r[0]}, ${text(r[1])}${r[2] >= 0 ? ", " + text(r[2]).slice(0, 10) : ""}: ` +
			`${many(r[3])} high, ${many(r[4])} medium, ${many(r[5])} low, ${many(r[6])} suppressed; ${many(r[7])} new`));
		[["high", r[3]], ["medium", r[4]], ["low", r[5]]].forEach(([name, count]) => {
			const size = 116 * count / most;
			y -= size;
			if (count) bar.append(svg("rect", { class: "bar " + name, x: left + i * step + Math.min(2, step / 8), y, width: Math.max(1, Math.min(46, step - 4)), height: size }));
		});
		chart.append(bar);
		if (i === 0 || i === runs.length - 1)
			chart.append(svg("text", { x: i ? left + i * step + Math.min(46, step) : left, y: base + 17, "text-anchor": i ? "end" : "start" }, text(r[1]).slice(0, 10)));
	});
	const key = (name, colour) => { const i = h("i", {}); i.style.background = `var(--${colour})`; return h("span", {}, i, name); };
	return h("div", { cls: "chart" }, chart, h("div", { cls: "legend" }, key("high", "error"), key("medium", "warning"), key("low", "ink-3")));
}

/* ---- one finding ---- */

const KINDS = ["register", "enter", "call", "indirect", "loop", "sink", "note"];
const LANES = { register: "registered", enter: "continuation", call: "calls", indirect: "calls through a pointer", loop: "loop", sink: "here it blocks", note: "note" };

function drawSteps(f) {
	return f.steps.map((s, i) => {
		const kind = KINDS[s[0]], path = s[1] < 0 ? "" : data.files[s[1]][0] + ":" + s[2];
		return h("div", { cls: `step ${kind}${kind === "register" ? " outside" : ""}`, id: "step-" + i },
			h("span", { cls: "bubble" }, i + 1),
			h("div", { cls: "head" }, h("span", { cls: "lane" }, kind === "enter" && f.context ? `on the ${f.context === "io" ? "I/O" : f.context} thread` :
				kind === "sink" && f.sink === "loop" ? "here it computes" : LANES[kind]), h("span", { cls: "say" }, text(s[6]))),
			h("div", { cls: "at" }, path, s[5] >= 0 ? ` in ${text(s[5])}()` : ""),
			drawCode(s[1], s[2], s[3], s[4], kind === "sink" ? 5 : 2, kind === "sink" ? 3 : 2));
	});
}
function number(value, label, cls) {
	return h("div", { cls: "number " + (cls || "") }, h("b", {}, value), h("span", {}, label));
}
function drawEvidence(f) {
	const [calls, p50, p99, max, budget] = f.measured || [];
	if (f.verdict === "untested") return [h("h3", {}, "Measured"), h("p", { cls: "muted" }, "No instrumented run has looked at this yet: contlint run -- PROGRAM")];
	const over = (ns) => budget && ns > budget ? "bad" : "good";
	return [h("h3", {}, "Measured ", h("span", { cls: "pill " + f.verdict }, f.verdict)),
		calls ? h("div", { cls: "numbers" }, number(many(calls), "calls"), number(duration(p50), "p50 hold", over(p50)),
			number(duration(p99), "p99 hold", over(p99)), number(duration(max), "longest hold", over(max)), number(duration(budget), "budget")) : null,
		f.hold >= 0 && data.holds[f.hold][7] ? drawHistogram(data.holds[f.hold], budget) : null,
		f.workload ? h("p", { cls: "small muted" }, "workload: ", f.workload) : null,
		f.stack ? [h("h3", {}, "Seen on the stack"), h("div", { cls: "stack" }, f.stack)] : null];
}
function drawRule(id) {
	const rule = data.rules[id];
	return rule ? [h("h3", {}, "About ", h("code", {}, id)), h("p", {}, rule[0]), h("details", {}, h("summary", {}, "Why, and what to do instead"),
		h("p", {}, rule[1]), h("p", {}, rule[2]), h("p", { cls: "muted" }, rule[3]))] : null;
}
function drawFinding(f) {
	const comment = `// contlint-ok(${f.rule}) -- REASON`;
	return h("div", {},
		h("div", { cls: "pills" }, h("span", { cls: "pill " + f.level }, f.level), h("span", { cls: "pill" }, f.confidence + " confidence"),
			h("span", { cls: "pill " + f.verdict }, f.verdict), data.run.previous ? h("span", { cls: "pill " + f.status }, f.status) : null,
			f.review !== "unreviewed" ? h("span", { cls: "pill" }, f.review) : null, h("span", { cls: "muted mono" }, f.fp)),
		h("h2", {}, f.message),
		f.suppressed ? h("div", { cls: "callout quiet" }, h("b", {}, "Silenced: "), f.suppressed) : null,
		f.instead ? h("div", { cls: "callout" }, h("b", {}, "Instead: "), f.instead) : null,
		f.condition ? h("div", { cls: "callout quiet" }, h("b", {}, "Condition: "), f.condition, h("span", { cls: "muted" }, ` (${f.decided})`)) : null,
		h("h3", {}, "Path"), h("div", { id: "steps" }, drawSteps(f)),
		f.otherRoots + f.otherPaths ? h("p", { cls: "small muted" }, `${plural(f.otherRoots, "other continuation")} and ${plural(f.otherPaths, "other path")} lead here.`) : null,
		drawEvidence(f), drawRule(f.rule),
		h("h3", {}, "If that is fine here"), h("div", { cls: "comment" }, h("code", {}, comment),
			h("button", { cls: "plain", onclick: (e) => copy(e.target, comment) }, "copy")),
		h("p", { cls: "small muted" }, f.firstSeen ? `First seen ${f.firstSeen.slice(0, 10)}${f.firstCommit ? " at " + f.firstCommit.slice(0, 10) : ""}. ` : "",
			`contlint show ${f.fp}`));
}
function copy(button, value) {
	const done = () => { button.textContent = "copied"; };
	if (navigator.clipboard) navigator.clipboard.writeText(value).then(done, () => {});
}

/* ---- all of it ---- */

function drawOverview() {
	const run = data.run, open = findings.filter((f) => !f.suppressed), count = (key, value) => open.filter((f) => f[key] === value).length;
	const holds = data.holds.filter((hold) => hold[1] === "io").slice(0, 12);
	return h("div", {},
		h("h2", {}, "Overview"),
		h("div", { cls: "numbers" }, number(many(open.length), open.length === 1 ? "finding" : "findings"), number(many(count("confidence", "high")), "of high confidence"),
			number(many(count("verdict", "confirmed")), "confirmed by a run", count("verdict", "confirmed") ? "bad" : ""),
			run.previous ? number(many(count("status", "new")), "new in this run") : null,
			number(many(run.continuations || 0), "continuations"), number(many(run.units || 0), "units"),
			run.indirect && run.indirect[1] ? number(Math.round(100 * run.indirect[0] / Math.max(1, run.indirect[1])) + " %", `of ${many(run.indirect[1])} indirect calls resolved`) : null),
		data.runs.length > 1 ? [h("h3", {}, "Run by run"), drawHistory()] : null,
		open.length ? [h("h3", {}, "By rule"), h("table", {}, h("tr", {}, h("th", {}, "rule"), h("th", {}, "what it finds"), h("th", { cls: "r" }, "findings")),
			countBy(open, "rule").map(([id, n]) => h("tr", {}, h("td", {}, h("code", {}, id)), h("td", { cls: "muted" }, data.rules[id] ? data.rules[id][0] : ""), h("td", { cls: "r" }, many(n)))))] : null,
		holds.length ? [h("h3", {}, "Longest holds of I/O threads"), h("table", {}, h("tr", {}, h("th", {}, "continuation"), ...["calls", "p50", "p99", "max"].map((t) => h("th", { cls: "r" }, t))),
			holds.map((hold) => h("tr", {}, h("td", {}, h("code", {}, hold[0])), h("td", { cls: "r" }, many(hold[2])), hold.slice(4, 7).map((ns) => h("td", { cls: "r" }, duration(ns))))))] : null,
		data.bad.length ? [h("h3", {}, "Not analysed whole"), h("table", {}, data.bad.map((unit) => h("tr", {}, h("td", {}, h("code", {}, unit[0])), h("td", {}, unit[1]), h("td", { cls: "muted" }, unit[2] || ""))))] : null,
		h("p", { cls: "small muted" }, "j and k go from finding to finding, n and p from step to step, ? lists the keys."));
}
function select(f, quiet) {
	state.selected = f;
	state.step = -1;
	$("detail").replaceChildren(f ? drawFinding(f) : drawOverview());
	$("detail").scrollTop = 0;
	if (!quiet) history.replaceState(null, "", f ? "#" + f.fp : "#");
	$("list").setAttribute("aria-activedescendant", f ? "row-" + f.index : "");
	drawList();
}
function goToStep(by) {
	const f = state.selected;
	if (!f || !f.steps.length) return;
	state.step = Math.max(0, Math.min(f.steps.length - 1, state.step + by));
	for (const step of $("steps").children) step.classList.remove("current");
	const step = $("step-" + state.step);
	step.classList.add("current");
	step.scrollIntoView({ block: "center" });
}
function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	try { localStorage.setItem("contlint-theme", theme); } catch (e) { /* a file:// page may have none */ }
}
function startTheme() {
	let theme = null;
	try { theme = localStorage.getItem("contlint-theme"); } catch (e) { /* the same */ }
	document.documentElement.dataset.theme = theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}
function openHash() {
	const fp = location.hash.slice(1);
	select(fp ? findings.find((f) => f.fp.startsWith(fp)) || null : null, true);
}
const keys = {
	j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), n: () => goToStep(1), p: () => goToStep(-1),
	"/": () => $("search").focus(), t: () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
	g: () => { const all = Object.keys(groupings); state.group = $("group").value = all[(all.indexOf(state.group) + 1) % all.length]; refresh(); },
	o: () => select(null), Escape: () => select(null), "?": () => $("help").showModal(), Enter: () => $("detail").focus(),
};
document.addEventListener("keydown", (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
	const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
	if (typing) {
		if (event.key === "Escape" || event.key === "Enter") { event.target.blur(); event.preventDefault(); }
		return;
	}
	if (event.key === "Enter" && event.target.tagName === "BUTTON") return;
	if (event.key.startsWith("Arrow") && $("detail").contains(document.activeElement)) return;
	if (keys[event.key]) { keys[event.key](); event.preventDefault(); }
});

const run = data.run;
const fact = (value, label) => value === undefined ? null : h("span", {}, h("b", {}, many(value)), " ", label + (value === 1 ? "" : "s"));
$("facts").append(...[fact(findings.filter((f) => !f.suppressed).length, "finding"), fact(run.continuations, "continuation"), fact(run.units, "unit"),
	run.started ? h("span", {}, run.started.slice(0, 16).replace("T", " ")) : null, run.commit ? h("span", { cls: "mono" }, run.commit.slice(0, 10)) : null,
	run.branch ? h("span", {}, run.branch) : null].filter(Boolean));
if (run.project) $("project").textContent = run.project;
if (data.bad.length || run.partial) {
	$("alert").hidden = false;
	$("alert").textContent = data.bad.length ? `${plural(data.bad.length, "unit")} could not be analysed whole: what is not listed here may still be there.` : "Only a part of the project was checked.";
}
$("group").append(...Object.entries(groupings).map(([value, name]) => h("option", { value, selected: value === state.group }, name)));
$("group").addEventListener("change", (event) => { state.group = event.target.value; refresh(); });
$("search").addEventListener("input", (event) => { state.search = event.target.value; refresh(); });
$("list").addEventListener("scroll", () => requestAnimationFrame(drawList), { passive: true });
$("theme").addEventListener("click", () => keys.t());
$("overview").addEventListener("click", () => select(null));
$("keys").addEventListener("click", () => $("help").showModal());
$("close").addEventListener("click", () => $("help").close());
window.addEventListener("resize", drawList);
window.addEventListener("hashchange", openHash);
startTheme();
refresh();
openHash();
document.documentElement.dataset.ready = "yes";
})();
