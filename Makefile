# Builds the compiler (build/cnnc) and the library that its programs link (build/lib). `make help` lists the targets.
# A fresh Debian 12 needs nothing but make: what is missing of packages.txt is installed first.

VERSION := 0.1.0
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
PYTHON  ?= python3
FUZZ_RUNS ?= 900000
FUZZ_SANITIZED_RUNS ?= 100000
ORACLE_THREADS ?= 2

WARNINGS := -Wall -Wextra -Werror
STANDARD := -std=c11 -D_GNU_SOURCE
GENERATED := build/generated
FASHION_MNIST := /usr/share/datasets/fashion-mnist

LIBRARIES := zlib libpng libjpeg libzip libcjson libprotobuf-c

.PHONY: all demo test test-long test-oracle bench bench-quick bench-techniques tune sanitize lint fuzz format install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:

# Recipes say what they make; V=1 shows the commands. All cores work, unless -j says otherwise.
ifndef V
.SILENT:
endif
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += --jobs=$(shell nproc 2>/dev/null || echo 1)
endif

all:

help:
	echo 'make               build/cnnc and build/lib'
	echo 'make demo          compiles and trains examples/fashion.cnn (a minute)'
	echo 'make test          all tests; T=PATTERN for those whose name has it'
	echo 'make test-long     test, lint, sanitize, and the tests that take minutes'
	echo 'make test-oracle   compares networks with PyTorch, which it installs into build/oracle'
	echo 'make bench         training speed of twelve models beside PyTorch (half an hour; nothing else should run)'
	echo 'make bench-quick   three of them, in two minutes'
	echo 'make bench-techniques   how fast they are without each technique (over an hour; nothing else should run)'
	echo 'make tune          the tuning records that ship with cnnc, measured anew (nothing else should run)'
	echo 'make sanitize      the tests, everything built with ASan and UBSan'
	echo 'make lint          clang accepts every source; clang-format has nothing to change'
	echo 'make fuzz          FUZZ_SANITIZED_RUNS=$(FUZZ_SANITIZED_RUNS) mutated inputs through the checker, with ASan and UBSan,'
	echo '                   then FUZZ_RUNS=$(FUZZ_RUNS) without, which is faster'
	echo 'make format        clang-format over the sources'
	echo 'make install       to PREFIX=$(PREFIX), below DESTDIR=$(DESTDIR)'
	echo 'make clean         removes build'

# Packages and what pkg-config says of them, asked once.

build/packages-%: packages.txt tools/packages
	mkdir -p $(@D)
	tools/packages $*
	touch $@

build/libraries.mk: build/packages-build Makefile tools/openblas
	echo "LIBRARY_CFLAGS := $$(pkg-config --cflags $(LIBRARIES))" > $@
	echo "LIBRARY_LIBS := $$(pkg-config --libs $(LIBRARIES)) -lm -pthread" >> $@
	echo "OPENBLAS_LIBS := $$(tools/openblas)" >> $@
	echo "CJSON_LIBS := $$(pkg-config --libs libcjson) -lm" >> $@

ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
include build/libraries.mk
endif

# Generated sources: the scanner and the parser, the event messages, and what the compiler must know of this build.

# What the scanner's and parser's skeletons declare and do not use.
SKELETON := -Wno-unused-function -Wno-unused-but-set-variable -Wno-sign-compare

$(GENERATED)/grammar/parser.c: grammar/cnn.y | build/packages-build
	mkdir -p $(@D)
	echo '  bison    $<'
	bison -Wall -Werror --defines=$(@:.c=.h) -o $@ $<

$(GENERATED)/grammar/scanner.c: grammar/cnn.l | build/packages-build
	mkdir -p $(@D)
	echo '  flex     $<'
	flex --header-file=$(@:.c=.h) -o $@ $<

$(GENERATED)/grammar/parser.h: $(GENERATED)/grammar/parser.c
$(GENERATED)/grammar/scanner.h: $(GENERATED)/grammar/scanner.c

$(GENERATED)/event.pb-c.c: runtime/event.proto | build/packages-build
	mkdir -p $(@D)
	echo '  protoc-c $<'
	protoc-c --c_out=$(@D) -I$(<D) $<

$(GENERATED)/event.pb-c.h: $(GENERATED)/event.pb-c.c

$(GENERATED)/build_config.h: Makefile build/libraries.mk
	mkdir -p $(@D)
	printf '#define CNNC_VERSION "%s"\n#define CNNC_RUNTIME_LIBRARIES "%s"\n' '$(VERSION)' '$(LIBRARY_LIBS)' > $@
	printf '#define HAS_OPENBLAS %d\n#define CNNC_OPENBLAS "%s"\n' $(if $(OPENBLAS_LIBS),1,0) '$(OPENBLAS_LIBS)' >> $@

COMPILER_SOURCES := $(wildcard compiler/*.c compiler/*/*.c)
RUNTIME_SOURCES  := $(wildcard runtime/*.c)
GRAMMAR_SOURCES  := $(patsubst grammar/cnn.y,$(GENERATED)/grammar/parser.c,$(wildcard grammar/cnn.y)) \
                    $(patsubst grammar/cnn.l,$(GENERATED)/grammar/scanner.c,$(wildcard grammar/cnn.l))
EVENT_SOURCES    := $(patsubst runtime/%.proto,$(GENERATED)/%.pb-c.c,$(wildcard runtime/*.proto))
GENERATED_HEADERS := $(patsubst %.c,%.h,$(GRAMMAR_SOURCES) $(EVENT_SOURCES)) $(GENERATED)/build_config.h

COMPILER_FLAGS = $(STANDARD) $(WARNINGS) -Icompiler -I$(GENERATED) $(LIBRARY_CFLAGS)
RUNTIME_FLAGS  = $(STANDARD) $(WARNINGS) -Iruntime -Ikernels -I$(GENERATED) $(LIBRARY_CFLAGS) -pthread

# Tests in C: tests/STAGE/NAME_test.c. Those of the runtime and the kernels link the runtime, the others the compiler.
RUNTIME_TESTS  := $(patsubst %.c,%,$(wildcard tests/runtime/*_test.c tests/kernels/*_test.c))
COMPILER_TESTS := $(filter-out $(RUNTIME_TESTS),$(patsubst %.c,%,$(wildcard tests/*/*_test.c)))

# A tree of products: $(1) its folder, $(2) the compiler, $(3) further flags. The objects mirror the sources.
define tree
$(1)_objects := $$(patsubst %.c,$(1)/object/%.o,$$(COMPILER_SOURCES) $$(GRAMMAR_SOURCES))
$(1)_runtime := $$(patsubst %.c,$(1)/object/%.o,$$(RUNTIME_SOURCES) $$(EVENT_SOURCES))
$(1)_tests   := $$(addprefix $(1)/,$$(RUNTIME_TESTS) $$(COMPILER_TESTS))

$(1)/object/compiler/%.o: compiler/%.c | $$(GENERATED_HEADERS)
	mkdir -p $$(@D)
	echo '  compile  $$@'
	$(2) $$(COMPILER_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(1)/object/$(GENERATED)/grammar/%.o: $(GENERATED)/grammar/%.c | $$(GENERATED_HEADERS)
	mkdir -p $$(@D)
	echo '  compile  $$@'
	$(2) $$(COMPILER_FLAGS) $$(SKELETON) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(1)/object/runtime/%.o: runtime/%.c | $$(GENERATED_HEADERS)
	mkdir -p $$(@D)
	echo '  compile  $$@'
	$(2) $$(RUNTIME_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(1)/object/%.pb-c.o: %.pb-c.c
	mkdir -p $$(@D)
	echo '  compile  $$@'
	$(2) $$(RUNTIME_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(1)/object/f64/runtime/%.o: runtime/%.c | $$(GENERATED_HEADERS)
	mkdir -p $$(@D)
	echo '  compile  $$@'
	$(2) $$(RUNTIME_FLAGS) -DREAL_F64 $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -c $$< -o $$@

$(1)/cnnc: $$($(1)_objects)
	mkdir -p $$(@D)
	echo '  link     $$@'
	$(2) $$(CFLAGS) $(3) $$(LDFLAGS) -o $$@ $$^ $$(CJSON_LIBS) $$(COMPILER_LIBS)

$(1)/lib/libcnnrt.a: $$($(1)_runtime)
	mkdir -p $$(@D)
	rm -f $$@
	echo '  archive  $$@'
	$(AR) rcs $$@ $$^

$(1)/lib/libcnnrt_f64.a: $$(patsubst $(1)/object/runtime/%,$(1)/object/f64/runtime/%,$$($(1)_runtime))
	mkdir -p $$(@D)
	rm -f $$@
	echo '  archive  $$@'
	$(AR) rcs $$@ $$^

$$(addprefix $(1)/,$$(RUNTIME_TESTS)): $(1)/%: %.c $(1)/lib/libcnnrt.a build/packages-test
	mkdir -p $$(@D)
	echo '  link     $$@'
	$(2) $$(RUNTIME_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -o $$@ $$< $(1)/lib/libcnnrt.a -lcmocka $$(LIBRARY_LIBS)

$$(addprefix $(1)/,$$(COMPILER_TESTS)): $(1)/%: %.c $$(filter-out %/commands/main.o,$$($(1)_objects)) build/packages-test
	mkdir -p $$(@D)
	echo '  link     $$@'
	$(2) $$(COMPILER_FLAGS) $$(CPPFLAGS) $$(CFLAGS) $(3) -MMD -MP -o $$@ $$(filter %.c %.o,$$^) -lcmocka $$(CJSON_LIBS)

-include $$(patsubst %.o,%.d,$$($(1)_objects) $$($(1)_runtime)) $$(addsuffix .d,$$($(1)_tests))
-include $$(patsubst $(1)/object/runtime/%.o,$(1)/object/f64/runtime/%.d,$$(filter $(1)/object/runtime/%,$$($(1)_runtime)))
endef

SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
FUZZERS    := -fsanitize=fuzzer-no-link -O2
# Watching every comparison takes a third of the time; the sanitized run does it, for both.
FAST_FUZZERS := $(FUZZERS) -fno-sanitize-coverage=trace-cmp

$(eval $(call tree,build,$(CC)))
$(eval $(call tree,build/sanitize,$(CC),$(SANITIZERS)))
$(eval $(call tree,build/fuzz,clang,$(FAST_FUZZERS)))
$(eval $(call tree,build/fuzz-sanitized,clang,$(FUZZERS) $(SANITIZERS)))

products = $(1)/cnnc $(1)/lib/libcnnrt.a $(1)/lib/libcnnrt_f64.a

all: $(call products,build) build/lib/objects

# What all networks share of the kernels, compiled like programs' parts: builds need not do it.
build/lib/objects: build/cnnc $(wildcard kernels/*.h kernels/*/*.h) runtime/program.h
	echo '  prepare  $@'
	rm -rf $@
	build/cnnc prepare
	touch $@

# What is run.

demo: all build/packages-demo
	build/cnnc run examples/fashion.cnn --data $(FASHION_MNIST)

RUN_TESTS = $(PYTHON) tests/run.py $(T)

test: all build/packages-test $(build_tests)
	$(RUN_TESTS)

sanitize: $(call products,build/sanitize) build/packages-test $(build/sanitize_tests)
	CFLAGS='-O1 -g $(SANITIZERS)' $(PYTHON) tests/run.py --tree build/sanitize --slower 8 $(T)

test-long: all build/packages-test $(build_tests) lint sanitize
	$(RUN_TESTS) --long

test-oracle: all build/oracle/installed
	build/oracle/bin/python tests/oracle/run.py --threads $(ORACLE_THREADS)

build/oracle/installed: tests/oracle/requirements.txt build/packages-test
	$(PYTHON) -m venv build/oracle
	build/oracle/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Ours and PyTorch in turns. A whole run is kept in the history, and drawn.
BENCH = $(PYTHON) bench/bench.py build/cnnc --pytorch build/oracle/bin/python

bench: all build/oracle/installed
	$(BENCH) --history bench/history.jsonl
	$(PYTHON) bench/history.py bench/history.jsonl docs/images/speed.svg

# What each technique gives.
bench-techniques: all
	$(PYTHON) bench/techniques.py build/cnnc

tune: all
	$(PYTHON) bench/tune.py build/cnnc kernels/tuning.jsonl

bench-quick: all build/oracle/installed
	$(BENCH) --quick --eager --all-threads-only --rounds 2

HANDWRITTEN := compiler runtime kernels tests
LINTED := $(patsubst %,build/lint/%.ok,$(COMPILER_SOURCES) $(RUNTIME_SOURCES))

lint: $(LINTED)
	clang-format --dry-run -Werror $$(find $(HANDWRITTEN) -name '*.[ch]')

build/lint/compiler/%.ok: compiler/% $(wildcard compiler/*/*.h) build/packages-test | $(GENERATED_HEADERS)
	mkdir -p $(@D)
	echo '  clang    $<'
	clang -fsyntax-only $(COMPILER_FLAGS) $<
	touch $@

build/lint/runtime/%.ok: runtime/% $(wildcard runtime/*.h kernels/*.h) build/packages-test | $(GENERATED_HEADERS)
	mkdir -p $(@D)
	echo '  clang    $<'
	clang -fsyntax-only $(RUNTIME_FLAGS) $<
	touch $@

format: build/packages-test
	clang-format -i $$(find $(HANDWRITTEN) -name '*.[ch]')

FUZZ_SOURCES := $(wildcard tests/fuzz/*.c)

build/fuzz/check: $(FUZZ_SOURCES) $(filter-out %/commands/main.o,$(build/fuzz_objects)) build/packages-test
	clang $(COMPILER_FLAGS) $(CFLAGS) $(FAST_FUZZERS) -fsanitize=fuzzer -o $@ $(filter %.c %.o,$^) $(CJSON_LIBS)

build/fuzz-sanitized/check: $(FUZZ_SOURCES) $(filter-out %/commands/main.o,$(build/fuzz-sanitized_objects)) build/packages-test
	clang $(COMPILER_FLAGS) $(CFLAGS) $(FUZZERS) $(SANITIZERS) -fsanitize=fuzzer -o $@ $(filter %.c %.o,$^) $(CJSON_LIBS)

# libFuzzer adds what is new to the first folder, which both runs share; what fails is kept in build/fuzz/found.
# A second and a gigabyte are what a check may take; the sanitizers slow it down.
FUZZ_LIMITS := -rss_limit_mb=1024 -max_len=4096 -entropic=0 -dict=tests/fuzz/cnn.dict -artifact_prefix=build/fuzz/found/ -print_final_stats=1

fuzz: build/fuzz/check build/fuzz-sanitized/check
	mkdir -p build/fuzz/corpus build/fuzz/found build/fuzz/seeds
	for file in $$(find examples models tests -name '*.cnn'); do cp "$$file" "build/fuzz/seeds/$$(echo "$$file" | tr / _)"; done
	build/fuzz-sanitized/check -runs=$(FUZZ_SANITIZED_RUNS) -timeout=5 $(FUZZ_LIMITS) build/fuzz/corpus build/fuzz/seeds
	build/fuzz/check -runs=$(FUZZ_RUNS) -timeout=1 $(FUZZ_LIMITS) build/fuzz/corpus build/fuzz/seeds

# The installed compiler finds all it needs below PREFIX/lib/cnnc, as it finds it here beside build/.
ROOT := $(DESTDIR)$(PREFIX)/lib/cnnc

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(ROOT)/lib/objects $(ROOT)/runtime $(ROOT)/models/zoo $(ROOT)/examples
	install build/cnnc $(DESTDIR)$(PREFIX)/bin/cnnc
	install -m 644 build/lib/libcnnrt.a build/lib/libcnnrt_f64.a $(ROOT)/lib
	install -m 644 build/lib/objects/*.o $(ROOT)/lib/objects
	install -m 644 runtime/*.h $(ROOT)/runtime
	install -m 644 $(wildcard examples/*.cnn) $(ROOT)/examples
	find kernels models/zoo -name '*.h' -o -name '*.def' -o -name '*.jsonl' -o -name '*.cnn' | while read -r file; do \
	    install -D -m 644 "$$file" "$(ROOT)/$$file" || exit 1; done

uninstall:
	rm -rf $(ROOT) $(DESTDIR)$(PREFIX)/bin/cnnc

clean:
	rm -rf build
