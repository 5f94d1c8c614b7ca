/* A server that resolves names while it accepts. */

static int resolve(const char *host)
{
	struct addrinfo *found = NULL;

	/* grüße 世界 */ return getaddrinfo(host, "80", NULL, &found);
}

static void on_accept(struct source *source)
{
	resolve(source->host);
}

int main(void)
{
	add_source(loop, on_accept); /* [2J � */
}
