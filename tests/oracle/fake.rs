//! A fake k6 that is fast and honest: its numbers are the checksums of exactly the files that it was
//! given, and what it sees of the world. A stale result shows.

use std::collections::BTreeMap;

/// The shell script. It stands in the workspace; what it needs to know lies in `k6/` beside it.
pub(crate) const SCRIPT: &str = r#"#!/bin/sh
here=${0%/*}
case $1 in
version) read -r line < "$here/k6/version"; echo "$line"; exit;;
archive) while [ $# -gt 1 ]; do [ "$1" = --archive-out ] && : > "$2"; shift; done; exit;;
esac
while [ $# -gt 1 ]; do [ "$1" = --summary-export ] && summary=$2; shift; done
script=$1
mode=none
while read -r line; do case $line in "// mode "*) mode=${line#// mode };; esac; done < "$script"
read -r serial < "$here/k6/serial"
serial=$((serial + 1))
echo $serial > "$here/k6/serial"
[ -e "$here/k6/slow" ] && sleep 0.02
cd ..
set --
for file in k6_templates/lib/* payloads/* data/*; do [ -e "$file" ] && set -- "$@" "$file"; done
iterations=7
[ $mode = empty ] && iterations=0
exec 3> "$summary.part"
printf '{"metrics":{"iterations":{"count":%s,"rate":1' $iterations >&3
[ $mode = cross ] && printf ',"thresholds":{"count<1":true}' >&3
printf '},"serial":{"value":%s}' $serial >&3
[ $mode = drop ] && printf ',"dropped_iterations":{"count":1,"rate":1}' >&3
[ -n "$LEVEL" ] && printf ',"LEVEL":{"value":%s}' "$LEVEL" >&3
[ -n "$REGION" ] && printf ',"REGION":{"value":%s}' "$REGION" >&3
for file in "$here"/identity/* "$here/state/replicas"; do
  read -r value < "$file" && printf ',"%s":{"value":%s}' "${file##*/}" "$value" >&3
done
cksum "k6_templates/$script" "$@" | while read -r sum size name; do
  if [ "$name" = "k6_templates/$script" ]; then
    name=script
    echo "$serial $sum" >> "$here/k6/log"
    [ $mode = fail ] || echo "$sum" > k6_templates/own.txt
  fi
  printf ',"%s":{"count":%s,"rate":%s}' "$name" "$sum" "$size" >&3
done
[ $mode = fail ] && exit 107
[ -e "$here/k6/slow" ] && sleep 0.02
printf '}}\n' >&3
mv "$summary.part" "$summary"
[ $mode = cross ] && exit 99
exit 0
"#;

/// The checksum of POSIX `cksum`: CRC-32 of the bytes and of their number.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut length = bytes.len();
    let length = std::iter::from_fn(|| {
        let byte = u8::try_from(length & 0xFF).ok().filter(|_| length > 0);
        length >>= 8;
        byte
    });
    let step = |crc: u32, byte: u8| {
        (0..8).fold(crc ^ (u32::from(byte) << 24), |crc, _| {
            if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04C1_1DB7 }
        })
    };
    !bytes.iter().copied().chain(length).fold(0, step)
}

/// What the fake's summary says of a file.
pub(crate) fn of_file(name: &str, bytes: &str) -> [((String, String), f64); 2] {
    let entry = |statistic: &str, value| ((name.to_owned(), statistic.to_owned()), value);
    [
        entry("count", f64::from(checksum(bytes.as_bytes()))),
        entry("rate", f64::from(u32::try_from(bytes.len()).expect("small"))),
    ]
}

/// Numbers by metric and statistic.
pub(crate) type Numbers = BTreeMap<(String, String), f64>;

#[test]
fn the_checksum_is_that_of_cksum() {
    assert_eq!(checksum(b"123456789"), 930_766_865);
    assert_eq!(checksum(b""), 4_294_967_295);
}
