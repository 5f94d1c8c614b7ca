"""A small project in a scratch folder that does its best to break reports: names, comments, strings
and a reason that hold markup."""
import json
import os
import subprocess

NAME = "</script><img src=x onerror=pwn()>'&.c"
SOURCE = r"""struct addrinfo;
typedef struct sd_event sd_event;
typedef struct sd_event_source sd_event_source;
int getaddrinfo(const char *, const char *, const struct addrinfo *, struct addrinfo **);
int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,
	int (*)(sd_event_source *, int, unsigned, void *), void *);
unsigned sleep(unsigned);
/* <!-- </script><script>window.pwned = 1</script> é 😀 */
static int resolve(const char *name)
{
	return /* 😀 */ getaddrinfo(name, "</script><script>window.pwned = 1</script>", 0, 0);
}
static int accept_cb(sd_event_source *source, int fd, unsigned revents, void *userdata)
{
	return resolve(userdata);
}
static int timer_cb(sd_event_source *source, int fd, unsigned revents, void *userdata)
{
	sleep(3); // contlint-ok(blocking-wait) -- <img src=x onerror=pwn()>
	return (int)sleep(2);
}
int listen_on(sd_event *event, int fd, void *host)
{
	sd_event_add_io(event, 0, fd, 2, timer_cb, host);
	return sd_event_add_io(event, 0, fd, 1, accept_cb, host);
}
"""


def write(folder, name=NAME, source=SOURCE):
    """A project with one source, and its compile database."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump([{"directory": ".", "file": name, "arguments": ["cc", "-c", name]}], file)
    open(os.path.join(folder, ".contlint.yaml"), "w", encoding="utf-8").close()


def contlint(command, folder, *words, expect=0):
    """What contlint prints."""
    done = subprocess.run([command, *words], cwd=folder, capture_output=True, text=True)
    if done.returncode != expect:
        raise SystemExit(f"contlint {' '.join(words)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout
