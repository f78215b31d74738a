/*
 * replay.c: has a fuzzer run its corpus in the tests: FUZZER [INPUT...] runs
 * these files; without any, all that is in tests/fuzz/corpus/FUZZER, which is
 * a CBOR sequence of byte strings.
 */
#include <fcntl.h>
#include <libgen.h>
#include <string.h>

#include "record/cbor.h"
#include "fuzz.h"

static uint8_t *
read_all(const char *name, size_t *len)
{
	FILE *file = fopen(name, "rb");
	uint8_t *v;
	long n;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
	    (n = ftell(file)) < 0 || (v = malloc((size_t)n + 1)) == NULL) {
		perror(name);
		exit(1);
	}
	rewind(file);
	*len = fread(v, 1, (size_t)n, file);
	fclose(file);
	return v;
}

/* A copy, so that nothing stands behind it. */
static void
run(const uint8_t *v, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	memcpy(exact, v, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static unsigned
run_corpus(const uint8_t *v, size_t len)
{
	unsigned count = 0;
	struct token t;
	size_t n;

	for (size_t at = 0; at < len; at += n, count++) {
		n = token_read(&t, v + at, len - at);
		expect(n > 0 && t.kind == TOKEN_BYTES);
		run(t.v, t.n);
	}
	return count;
}

void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/*
 * What is written to descriptors 1 and 2 goes nowhere from now on, but for what
 * expect() and sanitizers say.  Returns standard output as it was.
 */
static FILE *
silence(void)
{
	FILE *out = fdopen(dup(1), "w");
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	expect(out != NULL && nowhere >= 0);
	expect(dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2);
	close(nowhere);
	if (__sanitizer_set_report_fd != NULL)
		__sanitizer_set_report_fd((void *)(intptr_t)standard_error);
	return out;
}

int
main(int argc, char **argv)
{
	const char *own = basename(argv[0]);
	FILE *out = silence();
	char name[1024];
	unsigned count = 0;
	uint8_t *v;
	size_t len;

	for (int i = 1; i < argc; i++) {
		v = read_all(argv[i], &len);
		run(v, len);
		free(v);
	}
	if (argc == 1) {
		own += strncmp(own, "fuzz-", 5) == 0 ? 5 : 0;
		snprintf(name, sizeof(name), "tests/fuzz/corpus/%s", own);
		v = read_all(name, &len);
		count = run_corpus(v, len);
		free(v);
	}
	fprintf(out, "ok 1 fuzz: %s, %u inputs\n1..1\n", own, count);
	return 0;
}
