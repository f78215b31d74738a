# gba-push: wakes machine-type devices securely.  `make help' lists targets.

VERSION = 1.0.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
CC ?= gcc
CFLAGS ?= -O2 -g
B ?= build

PROGRAMS = hss-store mtc-trigger gpi-gen gpi-sign sa-store gpi-push gpi-recv \
	gpi-show
PACKAGES = libcrypto libssl libcbor sqlite3 jansson

# what the code needs, apart from what a packager chooses
OUR_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -fstack-protector-strong -fPIE
OUR_LDFLAGS = -pie -Wl,--as-needed -Wl,-z,relro,-z,now
LIBS = $(shell pkg-config --libs $(PACKAGES))

LIB_OBJS = $(patsubst lib/%.c,$(B)/lib/%.o,$(wildcard lib/*.c))
UNITS = $(patsubst tests/unit/%.c,%,$(filter-out tests/unit/test.c,\
	$(wildcard tests/unit/*.c)))

all: $(PROGRAMS:%=$(B)/%)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libgba.a: $(LIB_OBJS)
	rm -f $@ && $(AR) rcs $@ $^

$(PROGRAMS:%=$(B)/%): $(B)/%: $(B)/cmd/%.o $(B)/libgba.a
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/tests/unit/test.o $(B)/libgba.a
	@mkdir -p $(@D)
	$(CC) $(OUR_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
