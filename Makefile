# gba-push: wakes machine-type devices securely.  `make help' lists targets.

VERSION = 1.4.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/gba-push
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
WIRESHARKDIR ?= $(PREFIX)/lib/wireshark/plugins
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
B ?= build

PROGRAMS = hss-store mtc-trigger gpi-gen gpi-sign sa-store gpi-push gpi-recv \
	gpi-show
# what wants a library that is not there is left out
HTTP2 := $(shell $(PKG_CONFIG) --exists libnghttp2 && echo libnghttp2)
PROGRAMS += $(HTTP2:%=bsf-serve)
# each library, and the package of Debian that has it
NEEDS = libcrypto:libssl-dev libssl:libssl-dev libcbor:libcbor-dev \
	sqlite3:libsqlite3-dev jansson:libjansson-dev libuv:libuv1-dev
PACKAGES = $(foreach need,$(NEEDS),$(firstword $(subst :, ,$(need))))
COAP := $(shell $(PKG_CONFIG) --exists libcoap-3-notls && echo libcoap-3-notls)
# the headers alone: these libraries are loaded when they are wanted
PQ := $(shell $(PKG_CONFIG) --exists libpq && echo libpq)
PCSC := $(shell $(PKG_CONFIG) --exists libpcsclite && echo libpcsclite)
SECCOMP := $(shell $(PKG_CONFIG) --exists libseccomp && echo libseccomp)
# a foreign encoder and decoder, for a test
SMPP34 := $(shell $(PKG_CONFIG) --exists libsmpp34 && echo libsmpp34)
# its header alone, for a test
VALGRIND := $(shell $(PKG_CONFIG) --exists valgrind && echo valgrind)

# what the code needs, apart from what a packager chooses
OUR_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -fstack-protector-strong \
	-fPIE -ffile-prefix-map=$(CURDIR)=. $(COAP:%=-DHAVE_COAP) \
	$(PQ:%=-DHAVE_POSTGRESQL) $(PCSC:%=-DHAVE_PCSC) \
	$(HTTP2:%=-DHAVE_HTTP2) $(SECCOMP:%=-DHAVE_SECCOMP)
OUR_LDFLAGS = -pie -Wl,--as-needed -Wl,-z,relro,-z,now
# what is missing is named before the first file is compiled
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) $(COAP) $(PQ) \
	$(PCSC) $(HTTP2) $(SECCOMP) 2>/dev/null)
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) $(COAP) $(HTTP2) $(SECCOMP) \
	2>/dev/null)

LIB_OBJS = $(patsubst lib/%.c,$(B)/lib/%.o,$(filter-out \
	$(if $(COAP),,lib/transport/coap/%.c) \
	$(if $(HTTP2),,lib/bsf/%.c) $(if $(PQ),,lib/store/pq.c \
	lib/store/postgresql.c lib/store/postgresql_open.c) \
	$(if $(PCSC),,lib/uicc/pcsc.c lib/uicc/pcsclite.c) \
	$(if,,lib/nbsp/curl.c),\
	$(wildcard lib/*/*.c lib/*/*/*.c)))
UNITS = $(patsubst tests/unit/%.c,%,$(filter-out tests/unit/test.c,\
	$(wildcard tests/unit/*.c)))

FUZZERS = $(patsubst tests/fuzz/%.c,%,$(filter-out \
	$(if $(COAP),,%/coap.c) $(if $(HTTP2),,%/http2.c) \
	$(addprefix %/,replay.c seeds.c),$(wildcard tests/fuzz/*.c)))

all: $(PROGRAMS:%=$(B)/%)	## build the programs into build/
	@$(if $(HTTP2),:,echo 'bsf-serve is left out: there is no libnghttp2')

demo:			## install what is missing, build, play the flow
	@tests/packages build
	@$(MAKE) --no-print-directory -s -j2 all
	@BUILD=$(B) examples/trigger.sh

check:			## install what is missing, build, pass every test
	@tests/packages build check
	@tests/packages peers || echo 'some tests will be skipped'
	@tests/peers/install
	@$(MAKE) --no-print-directory -s -j2 all units
	@BUILD=$(B) tests/run $(TESTS)

units: $(UNITS:%=$(B)/unit/%) $(FUZZERS:%=$(B)/unit/fuzz-%)

check-offline: all units	## the same with what is there: no apt, no npm
	@BUILD=$(B) tests/run $(TESTS)

check-asan:		## the same with AddressSanitizer and UBSan
	@$(MAKE) check B=build/asan \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined'

coverage:		## the same, and which lines of lib/ and cmd/ ran
	@$(MAKE) check B=build/coverage CFLAGS='-O0 -g --coverage'
	@tests/coverage build/coverage

lint:			## style, layers, static analysis
	@tests/packages build check
	@BUILD=$(B) tests/run tests/lint.bats tests/man.bats

fuzz:			## fuzz the decoders, a minute each (FUZZ_SECONDS)
	@tests/packages build fuzz
	@tests/fuzz/run

faults:			## let each call of each program fail, which takes long
	@tests/packages build check
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(B) tests/soak/faults

fuzz-coverage:		## which lines of the decoders their corpora reach
	@$(MAKE) --no-print-directory -s -j2 B=build/fuzz-coverage \
	    CFLAGS='-O0 -g --coverage' units
	@tests/fuzz/coverage build/fuzz-coverage

soak:			## hours of kills, changed GPIs, fuzzing (SOAK=small: less)
	@tests/packages build check fuzz
	@tests/packages peers || echo 'some tests will be skipped'
	@$(MAKE) --no-print-directory -s -j2 all units
	@BUILD=$(B) tests/soak/run $(TESTS)

bench:			## measure, side by side with a yardstick
	@tests/packages build check bench
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(B) tests/bench/run

# what install copies, by the directory
DOCS = README CHANGELOG LICENSE lib/record/records.cddl
SOURCED = examples/common.sh examples/harness.sh
SCRIPTS = $(filter-out $(SOURCED),$(wildcard examples/*.sh))
EXAMPLES = examples/README $(SOURCED) $(wildcard examples/*.lua)
OF_SYSTEMD = $(wildcard examples/systemd/*.env) examples/systemd/logrotate
MANUALS = $(wildcard man/*.[157])
SYSTEMD = $(wildcard examples/systemd/*.service examples/systemd/*.socket)

install: all		## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -d $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s; done
	install -d $(DESTDIR)$(DOCDIR)/examples
	install -m 755 $(SCRIPTS) $(DESTDIR)$(DOCDIR)/examples
	install -m 644 $(EXAMPLES) $(DESTDIR)$(DOCDIR)/examples
	install -d $(DESTDIR)$(DOCDIR)/examples/systemd
	install -m 644 $(OF_SYSTEMD) $(DESTDIR)$(DOCDIR)/examples/systemd
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	for p in $(PROGRAMS); do install -m 644 lib/pipe/completion.bash \
	    $(DESTDIR)$(BASHDIR)/$$p; done
	install -m 644 lib/pipe/completion.zsh $(DESTDIR)$(ZSHDIR)/_gba-push
	install -d $(DESTDIR)$(WIRESHARKDIR) $(DESTDIR)$(UNITDIR) \
	    $(DESTDIR)$(SYSUSERSDIR)
	install -m 644 examples/gpi.lua $(DESTDIR)$(WIRESHARKDIR)
	install -m 644 $(SYSTEMD) $(DESTDIR)$(UNITDIR)
	install -m 644 examples/systemd/gba-push.conf $(DESTDIR)$(SYSUSERSDIR)

# the files that install made, and its own directories where nothing is left
uninstall:		## what install did
	rm -f $(PROGRAMS:%=$(DESTDIR)$(BINDIR)/%) \
	    $(foreach m,$(MANUALS),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix \
	    $m))/$(notdir $m)) \
	    $(addprefix $(DESTDIR)$(DOCDIR)/,$(notdir $(DOCS)) $(SCRIPTS) \
	    $(EXAMPLES) $(OF_SYSTEMD)) \
	    $(PROGRAMS:%=$(DESTDIR)$(BASHDIR)/%) \
	    $(DESTDIR)$(ZSHDIR)/_gba-push \
	    $(DESTDIR)$(WIRESHARKDIR)/gpi.lua \
	    $(DESTDIR)$(SYSUSERSDIR)/gba-push.conf \
	    $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(SYSTEMD)))
	-rmdir $(DESTDIR)$(DOCDIR)/examples/systemd \
	    $(DESTDIR)$(DOCDIR)/examples $(DESTDIR)$(DOCDIR) 2>/dev/null

clean:			## remove build/
	rm -rf build

help:			## show these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | \
	    expand -t 24

.PHONY: all demo check check-offline units check-asan coverage lint fuzz \
	fuzz-coverage faults soak bench install uninstall clean help
.SECONDARY:

$(B)/%.o: %.c | $(B)/libraries
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP \
	    -c -o $@ $<

# names all that are missing, and the packages of Debian that have them
$(B)/libraries:
	@mkdir -p $(@D)
	@missing=; \
	for need in $(NEEDS); do \
		$(PKG_CONFIG) --exists $${need%:*} || \
		    missing="$$missing $${need%:*} ($${need#*:})"; \
	done; \
	echo '#include <uthash.h>' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 || \
	    missing="$$missing uthash.h (uthash-dev)"; \
	[ -z "$$missing" ] || { echo "missing libraries, with Debian's" \
	    "package of each:$$missing" >&2; exit 1; }
	@touch $@

$(B)/libgba.a: $(LIB_OBJS)
	rm -f $@ && $(AR) rcsD $@ $^

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libgba.a
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/unit/smpp.o: CPPFLAGS += $(if $(SMPP34),-DHAVE_SMPP34 \
	$(shell $(PKG_CONFIG) --cflags $(SMPP34)))
$(B)/tests/unit/undefined.o: CPPFLAGS += $(VALGRIND:%=-DHAVE_VALGRIND)
$(B)/unit/smpp: LIBS += $(if $(SMPP34),$(shell $(PKG_CONFIG) --libs $(SMPP34)))

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/tests/unit/test.o $(B)/libgba.a
	@mkdir -p $(@D)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# a fuzzer runs what is in its corpus
$(B)/unit/fuzz-%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/libgba.a
	@mkdir -p $(@D)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)
