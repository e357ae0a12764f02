# However large a stream is, our own memory stays small: a program with 512 MiB and a removed file of 256 MiB, through one
# shard and through three, plain and compressed. (64 MiB are what the design allows for any size.)
source "$(dirname "$0")/../common.sh"

benchmark=$(dirname "$0")/../../../Benchmarks/restore_stream.py
for options in "--shards 1" "--shards 3 --dump-options=--zstd=1"; do
  python3 "$benchmark" "$criu" --mib 512 --ghost 256 --runs 1 --bound 64 --directory "$work" $options
done
