# make demo    installs what is missing, builds, and shows a program going into a directory and coming back
# make test    installs what is missing, and runs every test
# make bench   measures, beside CRIU when CRIU=path names one, and PEER_STREAMER=path its streamer (Benchmarks/README.md)
# make images  writes Sources/CImages and Sources/Images from proto/ (after a change of proto/)

BUILD_PACKAGES = liburing-dev libzstd-dev libprotobuf-c-dev libcap-dev
TEST_PACKAGES  = zstd protobuf-c-compiler protobuf-compiler criu redis-server sqlite3 python3 util-linux procps \
                 iproute2 nftables iptables strace libcap2-bin gcc libc6-dev nginx-light postgresql memcached tmux curl
BENCH_RUNS = 7
BENCH_SLOW_RUNS = 3
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
RELEASE = .build/release
STREAMER = $(RELEASE)/streamer

.PHONY: all setup setup-test release debug demo test bench images install clean

all: release

# Asks dpkg first, so that a machine that has everything needs no network.
define install_missing
	@missing=; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; fi
endef

setup:
	$(call install_missing,$(BUILD_PACKAGES))

setup-test: setup
	$(call install_missing,$(TEST_PACKAGES))

# The Swift runtime goes into the binary: users need only Debian's libraries.
release: setup
	swift build -c release --product criu --static-swift-stdlib
	swift build -c release --product streamer --static-swift-stdlib

debug: setup
	swift build

demo: release
	Tests/Demo/demo.sh $(RELEASE)/criu

test: setup-test release
	swift build --build-tests
	swift test --skip-build
	@if [ "$$(id -u)" = 0 ]; then /usr/bin/python3 Benchmarks/counts.py $(RELEASE)/criu; \
	else echo 'SKIPPED: counts of a release build need root'; fi

# Needs protoc-c (Debian: protobuf-c-compiler).
images:
	rm -rf Sources/CImages
	mkdir -p Sources/CImages/include Sources/Images/Generated Tests/ImagesTests/Generated
	protoc-c --proto_path=proto --c_out=Sources/CImages proto/*.proto
	mv Sources/CImages/*.h Sources/CImages/include/
	swift build --product imagegen
	$$(swift build --show-bin-path)/imagegen .

# Everything of the engine beside a peer (CRIU=path) and the floor of the machine, in one run. BENCH_OPTIONS are those of
# bench.py: --parts restore,lazy for two parts, --sizes 64 --large 2048 for other sizes (Benchmarks/README.md).
BENCH = Benchmarks/results
bench: release
	$(call install_missing,python3-matplotlib strace gcc libc6-dev zstd)
	/usr/bin/python3 Benchmarks/bench.py ours=$(RELEASE)/criu $(if $(CRIU),peer=$(CRIU)) --streamer ours=$(STREAMER) \
	  $(if $(PEER_STREAMER),--streamer peer=$(PEER_STREAMER)) --runs $(BENCH_RUNS) --slow-runs $(BENCH_SLOW_RUNS) --results $(BENCH) $(BENCH_OPTIONS)

install: release
	install -D $(RELEASE)/criu $(DESTDIR)$(PREFIX)/sbin/criu
	install -D $(RELEASE)/streamer $(DESTDIR)$(PREFIX)/bin/criu-image-streamer

clean:
	swift package clean
