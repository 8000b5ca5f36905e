//! Random tables of options, made from what each option takes: mostly right values, some at the edge, some wrong.

use std::fmt::Write as _;

use howitzer::spec::options;

/// The same tables in every run of the test (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("it is below a usize")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Up to `most` of what `make` gives, without two of the same name.
    fn table(&mut self, names: &[&str], most: usize, make: impl Fn(&mut Self, &str) -> String) -> String {
        let mut taken: Vec<&str> = Vec::new();
        let mut text = String::new();
        for _ in 0..self.below(most + 1) {
            let name = self.one(names);
            if !taken.contains(&name) {
                let comma = if taken.is_empty() { "" } else { ", " };
                let value = make(self, name);
                let _ = write!(text, "{comma}\"{name}\": {value}");
                taken.push(name);
            }
        }
        format!("{{{text}}}")
    }

    fn list(&mut self, most: usize, make: impl Fn(&mut Self) -> String) -> String {
        let elements: Vec<String> = (0..self.below(most + 1)).map(|_| make(self)).collect();
        format!("[{}]", elements.join(", "))
    }
}

const DURATIONS: [&str; 22] = [
    "\"1s\"",
    "\"30s\"",
    "\"1m30s\"",
    "1000",
    "1500.5",
    "\"2000\"",
    "\"1d\"",
    "\"1d2h\"",
    "\"1.5h\"",
    "\"999ms\"",
    "0",
    "\"0s\"",
    "\"-1s\"",
    "\"\"",
    "\"5\"",
    "\"1h1d\"",
    "\"1_000\"",
    "\"1 s\"",
    "true",
    "null",
    "\"+5s\"",
    "\"1e3\"",
];
const WHOLES: [&str; 14] =
    ["1", "2", "5", "10", "\"3\"", "0", "-1", "1.5", "\"\"", "\"x\"", "2.0", "null", "\"+4\"", "\"0\""];
const TRUTHS: [&str; 6] = ["true", "false", "null", "\"true\"", "1", "\"\""];
const TEXTS: [&str; 6] = ["\"a\"", "\"\"", "\"x y\"", "null", "5", "[\"a\"]"];
const HOSTS: [&str; 10] =
    ["a.com", "*.a.com", "*", "a-b.c", "a_b", "a..b", "-a", "b.com:80", "b.com:x", "*a"];
const ADDRESSES: [&str; 6] = ["\"1.2.3.4\"", "\"1.2.3.4:80\"", "\"::1\"", "\"[::1]:80\"", "null", "5"];
const NETWORKS: [&str; 8] = [
    "\"10.0.0.0/8\"",
    "\"10.0.0.1\"",
    "\"::/0\"",
    "\"10.0.0.0/33\"",
    "\"1.2.3.4/032\"",
    "\"a/8\"",
    "\"10.0.0.0/\"",
    "\"fe80::/129\"",
];
const SEGMENTS: [&str; 12] = [
    "\"0:1/4\"",
    "\"1/4:1/2\"",
    "\"25%\"",
    "\"0.25:0.5\"",
    "\"1/2\"",
    "\"0:2\"",
    "\"1/2:1/4\"",
    "\"\"",
    "null",
    "\"abc\"",
    "\"0:1e-1\"",
    "\"50%:100%\"",
];
const SEQUENCES: [&str; 8] = [
    "\"0,1/4,1/2,1\"",
    "\"0,25%,0.5,1\"",
    "\"0,1\"",
    "\"0,1/2,1/4\"",
    "\"0\"",
    "\"\"",
    "null",
    "\"0,1/2,1\"",
];
const EXECUTORS: [&str; 9] = [
    "shared-iterations",
    "per-vu-iterations",
    "constant-vus",
    "ramping-vus",
    "constant-arrival-rate",
    "ramping-arrival-rate",
    "externally-controlled",
    "constant-vu",
    "",
];
const METRICS: [&str; 14] = [
    "http_req_duration",
    "http_reqs",
    "checks",
    "vus",
    "own_trend",
    "own_rate",
    "own_counter",
    "own_gauge",
    "grpc_streams",
    "http_req_duration{a:b}",
    "http_req_duration{a:b,c:d}",
    "http_req_duration{a}",
    "http_req_duration{a:b",
    "checks{a: b }",
];
const EXPRESSIONS: [&str; 16] = [
    "p(95)<200",
    "avg < 5",
    "rate>0.9",
    "count>=1",
    "value!=3",
    "max<1e3",
    "med===1",
    "p(99.9)<=1_000",
    "p(95)=5",
    "rate",
    "avg<5ms",
    "min>-.5",
    "passes>1",
    "p(x)<1",
    "avg<<5",
    " rate == 1 ",
];

/// One table.
pub(crate) fn options(random: &mut Random) -> String {
    let names: Vec<&str> = options::names().collect();
    let load = ["vus", "duration", "iterations", "stages", "scenarios"];
    // Loads are where options depend on each other: half of the tables are about them.
    let names = if random.chance(50) { &load[..] } else { &names[..] };
    random.table(names, 4, value)
}

/// Mostly what the first half of `values` is.
fn mostly(random: &mut Random, values: &[&str]) -> String {
    let values = if random.chance(70) { &values[..values.len().div_ceil(2)] } else { values };
    random.one(values).to_owned()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn value(random: &mut Random, name: &str) -> String {
    match name {
        "duration" | "minIterationDuration" | "setupTimeout" | "teardownTimeout" => {
            mostly(random, &DURATIONS)
        }
        "batch"
        | "batchPerHost"
        | "iterations"
        | "maxRedirects"
        | "metricSamplesBufferSize"
        | "rps"
        | "vus" => mostly(random, &WHOLES),
        "blacklistIPs" => random.list(2, |random| mostly(random, &NETWORKS)),
        "blockHostnames" => random.list(2, |random| quoted(&mostly(random, &HOSTS))),
        "hosts" => random.table(&HOSTS, 2, |random, _| mostly(random, &ADDRESSES)),
        "cloud" | "ext" => random.one(&["{}", "{\"a\": 1}", "null"]).to_owned(),
        "dns" => random.table(&["ttl", "select", "policy"], 3, dns),
        "executionSegment" => mostly(random, &SEGMENTS),
        "executionSegmentSequence" => mostly(random, &SEQUENCES),
        "scenarios" => random.table(&["a", "b-2", "c d"], 2, |random, _| scenario(random)),
        "stages" => stages(random),
        "summaryTimeUnit" => random.one(&["\"s\"", "\"ms\"", "\"us\"", "\"\"", "5", "null"]).to_owned(),
        "summaryTrendStats" => random.list(3, |random| {
            mostly(
                random,
                &["\"avg\"", "\"p(95)\"", "\"p(99.9)\"", "\"count\"", "\"p95\"", "\"p(101)\"", "\"rate\""],
            )
        }),
        "systemTags" => random.list(3, |random| mostly(random, &["\"url\"", "\"status\"", "\"vu\"", "5"])),
        "tags" => random.table(&["a", "b c"], 2, |random, _| mostly(random, &TEXTS)),
        "thresholds" => random.table(&METRICS, 2, |random, _| random.list(2, threshold)),
        "tlsAuth" => random
            .one(&["[]", "null", "[{}]", "[{\"cert\": \"x\", \"key\": \"y\"}]", "[{\"domains\": [\"a\"]}]"])
            .to_owned(),
        "tlsCipherSuites" => random.list(2, |random| {
            mostly(random, &["\"TLS_AES_128_GCM_SHA256\"", "\"TLS_RSA_WITH_RC4_128_SHA\"", "\"x\"", "5"])
        }),
        "tlsVersion" => random
            .one(&[
                "\"tls1.2\"",
                "{\"min\": \"tls1.2\", \"max\": \"tls1.3\"}",
                "{}",
                "\"\"",
                "\"tls1.4\"",
                "{\"max\": \"x\"}",
            ])
            .to_owned(),
        "httpDebug" | "userAgent" => mostly(random, &TEXTS),
        _ => mostly(random, &TRUTHS),
    }
}

fn dns(random: &mut Random, name: &str) -> String {
    let values: &[&str] = match name {
        "ttl" => &["\"5m\"", "\"inf\"", "\"0\"", "\"500\"", "\"-1\"", "\"x\"", "5", "\"\""],
        "select" => &["\"first\"", "\"random\"", "\"roundRobin\"", "\"x\"", "\"\"", "null"],
        _ => &["\"any\"", "\"onlyIPv4\"", "\"preferIPv6\"", "\"x\"", "\"\"", "null"],
    };
    mostly(random, values)
}

fn stages(random: &mut Random) -> String {
    let stage = |random: &mut Random| {
        let duration = mostly(random, &DURATIONS);
        let target = mostly(random, &["5", "0", "\"3\"", "1", "-1", "1.5", "\"x\""]);
        format!("{{\"duration\": {duration}, \"target\": {target}}}")
    };
    random.list(3, stage)
}

fn threshold(random: &mut Random) -> String {
    let expression = quoted(&mostly(random, &EXPRESSIONS));
    if random.chance(70) {
        return expression;
    }
    let (abort, delay) = (mostly(random, &TRUTHS), mostly(random, &DURATIONS));
    format!("{{\"threshold\": {expression}, \"abortOnFail\": {abort}, \"delayAbortEval\": {delay}}}")
}

fn scenario(random: &mut Random) -> String {
    let executor = if random.chance(90) { EXECUTORS[random.below(7)] } else { random.one(&EXECUTORS) };
    let own: &[&str] = match executor {
        "shared-iterations" | "per-vu-iterations" => &["vus", "iterations", "maxDuration"],
        "constant-vus" => &["vus", "duration"],
        "ramping-vus" => &["startVUs", "stages", "gracefulRampDown"],
        "constant-arrival-rate" => &["rate", "duration", "preAllocatedVUs", "maxVUs", "timeUnit"],
        "ramping-arrival-rate" => &["startRate", "stages", "preAllocatedVUs", "maxVUs", "timeUnit"],
        _ => &["vus", "maxVUs", "duration"],
    };
    // A field that the executor does not take.
    let foreign = if own.contains(&"rate") { "startVUs" } else { "rate" };
    let mut text = format!("\"executor\": \"{executor}\"");
    for field in own.iter().chain(&["startTime", "gracefulStop", "exec", "env", "tags", "foreign"]) {
        let percent = if own.contains(field) { 85 } else { 6 };
        if random.chance(percent) {
            let name = if *field == "foreign" { foreign } else { field };
            let value = field_value(random, name);
            let _ = write!(text, ", \"{name}\": {value}");
        }
    }
    format!("{{{text}}}")
}

fn field_value(random: &mut Random, field: &str) -> String {
    match field {
        "stages" => stages(random),
        "exec" => random.one(&["\"other\"", "\"\"", "5"]).to_owned(),
        "env" | "tags" => random.table(&["A", "B"], 2, |random, _| mostly(random, &TEXTS)),
        "maxDuration" | "duration" | "startTime" | "gracefulStop" | "gracefulRampDown" | "timeUnit" => {
            // Mostly as short as loads are, so that what depends on other fields is reached.
            if random.chance(80) {
                random.one(&["\"1s\"", "\"5s\"", "2000"]).to_owned()
            } else {
                mostly(random, &DURATIONS)
            }
        }
        _ if random.chance(80) => random.one(&["1", "2", "5", "10"]).to_owned(),
        _ => mostly(random, &WHOLES),
    }
}
