/* What you know and contlint cannot see. For clang, which contlint reads your sources with, these
 * are annotations; for every other compiler they are nothing, so they cost no code and need no
 * library. Write them before the declaration:
 *
 *     CONTLINT_CONTINUATION static void on_ready(struct session *session);
 *     CONTLINT_MAY_BLOCK int vendor_query(const char *text);
 *
 * An annotation on a declaration in a header holds for the function everywhere. clang's own
 * attributes blocking and nonblocking mean the same as MAY_BLOCK and NONBLOCKING. */
#ifndef CONTLINT_H
#define CONTLINT_H

#if defined(__clang__)
#define CONTLINT_ANNOTATE(text) __attribute__((annotate(text)))
#else
#define CONTLINT_ANNOTATE(text)
#endif

#define CONTLINT_TEXT_OF(tokens) #tokens
#define CONTLINT_TEXT(tokens) CONTLINT_TEXT_OF(tokens)

/* The function is called when something completes or becomes ready: it runs on an I/O thread. For
 * registrations that contlint does not find by itself. On a type of callbacks, a field or a
 * parameter: what is put or passed there. */
#define CONTLINT_CONTINUATION CONTLINT_ANNOTATE("contlint::continuation")

/* The function may hold its thread, also if it does not today. Say what is meant, not how it is
 * done. A call of it in a continuation is a finding (blocking-library-call), and what is inside is
 * not told again. */
#define CONTLINT_MAY_BLOCK CONTLINT_ANNOTATE("contlint::may_block")

/* The function never holds its thread. Callers are believed; where its body is, a call that can
 * block is a finding (annotation-violated). */
#define CONTLINT_NONBLOCKING CONTLINT_ANNOTATE("contlint::nonblocking")

/* Others call the function there, and we do not see who: "io" or "worker". */
#define CONTLINT_RUNS_ON(context) CONTLINT_ANNOTATE("contlint::runs_on=" context)

/* The continuation may take so many microseconds: constant waits up to that are notes, longer ones
 * are not, whatever the usual limit is. */
#define CONTLINT_BUDGET_US(count) CONTLINT_ANNOTATE("contlint::budget_us=" CONTLINT_TEXT(count))

#endif
