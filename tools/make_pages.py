#!/usr/bin/env python3
"""Writes what follows from the option tables: a manual page for each subcommand and completions for
bash and zsh.

make_pages.py CONTLINT MANUAL FOLDER

Options come from `contlint COMMAND --list-options`, the words of a page from the paragraph about the
command in MANUAL (docs/contlint.1).
"""
import os
import re
import subprocess
import sys


def ask(contlint, *words):
    return subprocess.run([contlint, *words], capture_output=True, text=True, check=True).stdout


def commands_of(contlint):
    """[(name, summary), ...]"""
    return re.findall(r"^  ([a-z]+) +(.*)$", ask(contlint, "--help"), re.M)


def options_of(contlint, command):
    """[(long, short, argument, description), ...]; texts are empty where there is none."""
    lines = ask(contlint, command, "--list-options").splitlines()
    return [tuple(line.split("\t")) for line in lines]


def usage_of(contlint, command):
    first = ask(contlint, command, "--help").splitlines()[0]
    return first.partition(f"contlint {command} ")[2]


# ---- manual pages ------------------------------------------------------------------------------

def paragraph_of(manual, command):
    """What the manual says of the command, as mdoc."""
    match = re.search(rf"^\.It Cm {command}\n(.*?)(?=^\.It Cm |^\.El$)", manual, re.M | re.S)
    return match.group(1) if match else ""


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return "\\&" + text if text.startswith((".", "'")) else text


def option_lines(option):
    long, short, argument, description = option
    name = f".It Fl \\-{escape(long)}"
    value = f" Ns = Ns Ar {escape(argument)}" if argument else ""
    letter = f" , Fl {short}" + (f" Ar {escape(argument)}" if argument else "") if short else ""
    return [name + value + letter, escape(description[:1].upper() + description[1:]) + "."]


def page_of(contlint, manual, command, summary, date):
    lines = [f".Dd {date}", f".Dt CONTLINT-{command.upper()} 1", ".Os", ".Sh NAME",
             f".Nm contlint-{command}", f".Nd {escape(summary)}", ".Sh SYNOPSIS",
             f".Nm contlint {command}", escape(usage_of(contlint, command)), ".Sh DESCRIPTION"]
    lines += (paragraph_of(manual, command) or escape(summary) + ".").rstrip().splitlines()
    options = options_of(contlint, command)
    if options:
        lines += [".Sh OPTIONS", ".Bl -tag -width Ds"]
        for option in options:
            lines += option_lines(option)
        lines.append(".El")
    # A section of the whole manual that the paragraph points to is not on this page.
    text = "\n".join(lines).replace("\n.Sx ", "\n.Em ")
    return text + "\n.Sh SEE ALSO\n.Xr contlint 1\n"


# ---- completions -------------------------------------------------------------------------------

BASH = """# bash completion for contlint, made from its option tables.
_contlint()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
	local words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W '%(commands)s help version' -- "$cur"))
		return
	fi
	case $prev in
	--format|-f)
		if [ "$command" = report ] || [ "$command" = check ] || [ "$command" = link ]; then
			COMPREPLY=($(compgen -W '%(formats)s' -- "$cur"))
			return
		fi ;;
	esac
	case $command in
%(cases)s
	esac
	if [ "$command" = explain ] && [ "${cur#-}" = "$cur" ]; then
		COMPREPLY=($(compgen -W '%(rules)s' -- "$cur"))
	elif [ "${cur#-}" != "$cur" ]; then
		COMPREPLY=($(compgen -W "$words --help" -- "$cur"))
	else
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _contlint contlint
"""


def bash_of(facts):
    cases = "\n".join(f"\t{name}) words='{' '.join('--' + option[0] for option in options)}' ;;"
                      for name, _, options in facts["commands"])
    return BASH % {"commands": " ".join(name for name, _, _ in facts["commands"]),
                   "formats": " ".join(facts["formats"]), "rules": " ".join(facts["rules"]),
                   "cases": cases}


def zsh_word(text):
    """Inside of '…', where brackets and colons mean something to _arguments."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_option(option, formats):
    long, _, argument, description = option
    action = "_files"
    if long == "format" and formats:
        action = "(" + " ".join(formats) + ")"
    value = f":{zsh_word(argument)}:{action}" if argument else ""
    return f"\t\t'*--{long}{'=' if argument else ''}[{zsh_word(description)}]{value}' \\"


def zsh_of(facts):
    lines = ["#compdef contlint", "# zsh completion for contlint, made from its option tables.",
             "local -a commands=("]
    lines += [f"\t'{name}:{zsh_word(summary)}'" for name, summary, _ in facts["commands"]]
    lines += [")", "if (( CURRENT == 2 )); then", "\t_describe command commands", "\treturn", "fi",
              "local command=${words[2]}", "shift words", "(( CURRENT-- ))", "case $command in"]
    for name, _, options in facts["commands"]:
        formats = facts["formats"] if name in ("report", "check", "link") else None
        rest = "*:rule:(" + " ".join(facts["rules"]) + ")" if name == "explain" else "*:file:_files"
        lines += [f"{name})", "\t_arguments \\"]
        lines += [zsh_option(option, formats) for option in options]
        lines += [f"\t\t'--help[show the options]' '{rest}' ;;"]
    return "\n".join(lines + ["esac"]) + "\n"


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    contlint, manual_path, folder = sys.argv[1:]
    contlint = os.path.abspath(contlint)
    with open(manual_path, encoding="utf-8") as file:
        manual = file.read()
    date = re.search(r"^\.Dd (.*)$", manual, re.M).group(1)
    os.makedirs(folder, exist_ok=True)
    commands = [(name, summary, options_of(contlint, name))
                for name, summary in commands_of(contlint)]
    facts = {"commands": commands,
             "formats": re.findall(r"^(\S+)", ask(contlint, "report", "--list"), re.M),
             "rules": re.findall(r"^([a-z]\S*)", ask(contlint, "explain"), re.M)}
    for name, summary, _ in commands:
        write(folder, f"contlint-{name}.1", page_of(contlint, manual, name, summary, date))
    write(folder, "contlint.bash", bash_of(facts))
    write(folder, "_contlint", zsh_of(facts))


main()
