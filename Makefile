# Short names for plain go commands; nothing needs this file.

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.6.1

.PHONY: build demo test lint fuzz bench soak golden

build:
	go build -o uidprobe ./cmd/uidprobe

demo:
	go run ./cmd/uidprobe demo

test:
	go test -race ./...

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed: $$unformatted"; exit 1; fi
	GOOS=linux go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	GOOS=windows go build -o /dev/null ./cmd/uidprobe
	GOOS=darwin go build -o /dev/null ./cmd/uidprobe
	$(STATICCHECK) ./...

# Every fuzz target for FUZZTIME.
FUZZTIME = 30s
fuzz:
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/{f[n++]=$$1} /^ok/{for(i=0;i<n;i++)print $$2, f[i]; n=0}' | \
	while read pkg target; do echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; done

# Kerberos over twenty KDCs is measured beside kinit, matching beside grep, rg and pdbtool, and
# docs/performance.md rewritten.
bench:
	go test -run '^$$' -bench . -benchmem ./...
	UIDPROBE_BENCH=1 go test -run '^Test(TwentyKDCs|Matching)InSeconds$$' -v -timeout 30m -count 1 ./cmd/uidprobe

# The simulated firewall under load with misbehaving clients beside it, for SOAK.
SOAK = 10m
soak:
	UIDPROBE_SOAK=$(SOAK) go test -race -run '^TestSoak$$' -v -timeout 30m ./simulate/firewall

# Rewrite the golden files and the generated documents, to be reviewed as a diff.
golden:
	go test ./plan ./profile ./report ./simulate/firewall ./simulate/site ./cmd/uidprobe -update
	UIDPROBE_UPDATE_SCRIPTS=1 go test -run TestScripts ./cmd/uidprobe
