# gba-push: wakes machine-type devices securely.  `make help' lists targets.

VERSION = 1.4.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/gba-push
CC ?= gcc
CFLAGS ?= -O2 -g
B ?= build

PROGRAMS = hss-store mtc-trigger gpi-gen gpi-sign sa-store gpi-push gpi-recv \
	gpi-show
PACKAGES = libcrypto libssl libcbor sqlite3 jansson libuv
# what wants a library that is not there is left out
COAP := $(shell pkg-config --exists libcoap-3-notls && echo libcoap-3-notls)
# its headers alone: the library is loaded when it is wanted
PQ := $(shell pkg-config --exists libpq && echo libpq)
SECCOMP := $(shell pkg-config --exists libseccomp && echo libseccomp)
# a foreign encoder and decoder, for a test
SMPP34 := $(shell pkg-config --exists libsmpp34 && echo libsmpp34)

# what the code needs, apart from what a packager chooses
OUR_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -fstack-protector-strong \
	-fPIE $(COAP:%=-DHAVE_COAP) $(SECCOMP:%=-DHAVE_SECCOMP) $(if $(PQ),-DHAVE_POSTGRESQL \
	$(shell pkg-config --cflags $(PQ)))
OUR_LDFLAGS = -pie -Wl,--as-needed -Wl,-z,relro,-z,now
LIBS = $(shell pkg-config --libs $(PACKAGES) $(COAP) $(SECCOMP))

LIB_OBJS = $(patsubst lib/%.c,$(B)/lib/%.o,$(filter-out \
	$(if $(COAP),,lib/transport/coap/%.c) $(if $(PQ),,lib/store/pq.c \
	lib/store/postgresql.c lib/store/postgresql_open.c),\
	$(wildcard lib/*/*.c lib/*/*/*.c)))
UNITS = $(patsubst tests/unit/%.c,%,$(filter-out tests/unit/test.c,\
	$(wildcard tests/unit/*.c)))

all: $(PROGRAMS:%=$(B)/%)	## build the programs into build/

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

units: $(UNITS:%=$(B)/unit/%)

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

bench:			## measure, side by side with a yardstick
	@tests/packages build check bench
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(B) tests/bench/run

install: all		## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -d $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s; done
	install -d $(DESTDIR)$(DOCDIR)/examples
	install -m 755 examples/*.sh $(DESTDIR)$(DOCDIR)/examples
	install -m 644 examples/README examples/*.lua \
	    $(DESTDIR)$(DOCDIR)/examples
	install -m 644 README CHANGELOG LICENSE lib/record/records.cddl \
	    $(DESTDIR)$(DOCDIR)

uninstall:		## what install did
	rm -f $(PROGRAMS:%=$(DESTDIR)$(BINDIR)/%)
	for f in man/*.[157]; do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${f##*.}/$${f##*/}; done
	rm -rf $(DESTDIR)$(DOCDIR)

clean:			## remove build/
	rm -rf build

help:			## show these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | \
	    expand -t 20

.PHONY: all demo check units check-asan coverage lint fuzz bench install \
	uninstall clean help
.SECONDARY:

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libgba.a: $(LIB_OBJS)
	rm -f $@ && $(AR) rcs $@ $^

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libgba.a
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/unit/smpp.o: CPPFLAGS += $(if $(SMPP34),-DHAVE_SMPP34 \
	$(shell pkg-config --cflags $(SMPP34)))
$(B)/unit/smpp: LIBS += $(if $(SMPP34),$(shell pkg-config --libs $(SMPP34)))

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/tests/unit/test.o $(B)/libgba.a
	@mkdir -p $(@D)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)
