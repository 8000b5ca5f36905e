//! Good input, from which wrong input is made.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

pub(crate) const MANIFEST: &str = r#"
[workspace]
default-suites = ["x"]
max_age = "30d"
watch = "series"
[k6]
version = "1.1"
[host]
class = "bench"
[defaults]
cooldown = "1s"
[target.digits]
base_url = "127.0.0.1:8033"
ready = { tcp = "127.0.0.1:8033" }
identity = [{ http = "http://127.0.0.1:8008/v2", json = "$.version" }]
service = { command = ["true"], restart = "test" }
wait = "5m"
[target.other]
base_url = "http://127.0.0.1:1"
[profile.ci]
repeat = 1
set = { "k6.duration" = "2s" }
axis = { vus = [1, 4] }
"#;

pub(crate) const SUITE_OF_TEMPLATE: &str = r#"
[[test]]
name = "a"
template = "t.js"
payload = "digits-1.json"
base_url = "http://x"
k6 = { duration = "5s", thresholds = { checks = ["rate>0.9"] } }
vars = { x = 1, list = [1, 2] }
env = { NAME = "value" }
[test.matrix]
vus = [1, 2]
model = [{ label = "svm", set = { model_name = "m" } }, { label = "big", set = { model_name = "n" } }]
"#;

pub(crate) const TEMPLATES: &[&str] = &[
    r#"{# a comment #}
import http from 'k6/http';
import { check } from 'k6';
import { one } from './m.js';
{{ k6_opts }}
const body = open('{{ payload_path }}');
const list = {{ vars.list | json }};
{% for n in vars.list %}const n{{ n }} = {{ n }};
{% endfor %}{% if options.vus > 1 %}// many{% else %}// one{% endif %}
{% include "part.js" %}
export default function () {
  const answer = http.post(`{{ base_url }}/{{ model_name | upper }}`, body);
  check(answer, { 'is 200': (a) => a.status === 200 });
}
"#,
    r#"import grpc from 'k6/net/grpc';
const client = new grpc.Client();
client.load(null, 'a.proto');
client.load(['.'], './a.proto');
export const options = {{ options | json }};
{% set name = case.id ~ suite.title %}
const data = new SharedArray('x', () => JSON.parse(open({{ file(path="payloads/digits-1.json") | json }})));
export function setup() { return { a: `{{ name | js }}`, b: /x\/[/]/u, ...list }; }
export default async function () { await import('./m.js'); __ENV.NAME; __ENV['X']; }
"#,
    "{% extends \"part.js\" %}{% block a %}{{ super() }}{% endblock %}",
    "{% import \"part.js\" as p %}{% macro m(a=1) %}{{ a }}{% endmacro %}{{ p::m(a=2) }}{{ k6_opts }}",
    "{% raw %}{{ x }}{% endraw %}{{ k6_opts }}\nexport { default } from './m.js';\nrequire('./m.js');",
];

pub(crate) const SETS: &[&str] = &[
    "k6.vus=3",
    "k6.duration=2s",
    "vars.list=[1, 2]",
    "repeat=5",
    "model=svm",
    "vus=7",
    "payload=digits-64.json",
    "k6.scenarios.load.rate=5",
    "expect.checks.rate={ above = 0.9 }",
    "env.NAME=x",
    "target=digits",
    "timeout=auto",
    "k6={ vus = 1, tags = { a = \"b\" } }",
    "max_age=1d",
    "watch=samples",
    "template=ok.js",
    "cooldown=1s",
];

pub(crate) const THRESHOLDS: &[&str] = &[
    "k6.thresholds.http_req_duration=[\"p(95)<200\"]",
    "k6.thresholds={ 'http_req_duration{a:b,c:d}' = [{ threshold = \"avg<=1.5\", abortOnFail = true, delayAbortEval = \"5s\" }] }",
    "k6.thresholds.checks=[\"rate>0.9\", \"rate < 1\"]",
    "k6.thresholds.http_reqs=[\"count==3\"]",
];

pub(crate) const AXES: &[&str] = &[
    "vus=1,2,4",
    "vus={from=1,to=8,factor=2}",
    "model=big,svm",
    "vars.x=1,2",
    "payload={glob=\"*.json\"}",
    "duration={from=\"1s\",to=\"2s\",step=\"500ms\"}",
    "k6.scenarios.load.rate={from=1,to=100,points=3,scale=\"log\",round=2}",
    "template=ok.js,t.js",
    "env.NAME=a,b",
];

pub(crate) const CONDITIONS: &[&str] = &[
    "vus>1",
    "vus>=1.5",
    "model=svm",
    "model!=big",
    "duration>=10s",
    "vus > 1 and vus < 4",
    "model in ['svm', 'big']",
    "vus * 2 == 4",
    "model | upper == 'SVM'",
    "not vus == 1",
    "vus is defined",
];

pub(crate) const SELECTORS: &[&str] =
    &["a", "a[vus=1,model=svm]", "a[*]", "a[vus=?,model=*]", "*svm]", "a[vus=1"];

const SWEEP: &str = r#"
[suite]
title = "Sweep"
max_age = "7d"
[defaults]
template = "ok.js"
target = "digits"
vars = { x = 1 }
[metric.ttfb]
of = "http_req_waiting"
percentile = 95
[payload.batch]
repeat = "digits-1.json"
rows = [1, 8]
[[test]]
name = "warm"
role = "warmup"
k6 = { vus = 2, duration = "5s" }
[[test]]
name = "sweep"
after = ["warm"]
id = "{{ test }}-{{ model }}-{{ vus }}-{{ rate }}"
repeat = 3
retries = 1
reuse = "case"
cooldown = "500ms"
timeout = "auto"
max_age = "never"
watch = "samples"
keep_samples = true
measure = { skip = "1s", until = "4s" }
inputs = ["payloads/*.json"]
env = { NAME = "value", OTHER = { from = "HOME" } }
[test.k6]
thresholds = { checks = ["rate>0.9"], "http_req_duration{a:b}" = [{ threshold = "p(95)<200", abortOnFail = true }] }
tags = { team = "a" }
[test.k6.scenarios.load]
executor = "constant-arrival-rate"
duration = "10s"
preAllocatedVUs = 50
[test.matrix]
"k6.scenarios.load.rate" = { from = 100, to = 10000, points = 3, scale = "log", round = 2 }
"vars.vus" = [1, 2, 4]
model = [
  { label = "svm", set = { model_name = "m", payload = "digits-1.json" } },
  { label = "big", set = { model_name = "n", payload = "batch-8.json" } },
]
[test.sweep]
zip = [["rate", "vus"]]
order = "interleaved"
max_cases = 50
[[test.exclude]]
model = "big"
rate = { ge = 5000 }
[[test.exclude]]
when = "vus * rate < 150"
[[test.patch]]
match = { model = "svm", vus = { gt = 2 } }
set = { "k6.insecureSkipTLSVerify" = true, "vars.warm" = true }
[[test.include]]
"k6.scenarios.load.rate" = 7
"vars.vus" = 9
model = "svm"
set = { "k6.batch" = 5 }
[test.expect]
"http_req_duration.p95" = { below = "200ms" }
"checks.rate" = { above = 0.9 }
"#;

const AXES_OF_FILES: &str = r#"
[payload.batch]
repeat = "digits-1.json"
rows = { from = 1, to = 8, factor = 2 }
[[test]]
name = "files"
template = "ok.js"
[test.k6]
stages = [{ duration = "10s", target = 5 }, { duration = "5s", target = 0 }]
hosts = { "a.example" = "127.0.0.1:80" }
tlsVersion = { min = "tls1.2", max = "tls1.3" }
tlsAuth = [{ domains = ["a"], cert = { file = "k6_templates/ok.js" }, key = { file = "k6_templates/ok.js" } }]
[test.matrix]
payload = { built = "batch" }
batch = [1, 2]
[[test]]
name = "globs"
template = "ok.js"
k6 = { vus = 1, iterations = 5 }
[test.matrix]
payload = { glob = "*.json" }
replicas = [1, 2]
[[test.setup]]
axis = "replicas"
apply = ["true", "--replicas={{ value }}"]
undo = ["true"]
"#;

const OWN_JSON: &str = r#"{
  "suite": { "title": "x" },
  "defaults": { "template": "ok.js", "k6": { "duration": "5s" } },
  "test": [
    { "name": "a", "matrix": { "vus": [1, 4], "rps": { "from": 1, "to": 3, "step": 1 } },
      "exclude": [{ "vus": 4, "rps": { "ge": 3 } }], "expect": { "http_req_duration.p95": { "below": "200ms" } } },
    { "name": "b", "vars": { "x": [1, { "y": null }] }, "k6": { "thresholds": { "checks": ["rate>0.9"] } } }
  ]
}"#;

const LEGACY: &str = r#"{
  "title": "x", "description": "y",
  "test_configs": [
    { "name": "warm", "template": "ok.js", "k6_opts": { "vus": 1, "iterations": 1 } },
    { "name": "a", "description": "z", "template": "ok.js", "payload": "digits-1.json", "base_url": "http://x",
      "model_name": "m", "vars": { "list": [1] },
      "k6_opts": { "vus": [1, 2], "duration": ["1s", "2s"], "thresholds": { "checks": ["rate>0.9"] }, "check": ["value>0.5"] } }
  ]
}"#;

/// The examples, and every good or wrong suite of the corpus.
fn with_corpus(ending: &str, own: &[&str], files: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all: Vec<String> = own.iter().map(|text| (*text).to_owned()).collect();
    all.extend(files.iter().map(|file| fs::read_to_string(root.join(file)).expect("an example")));
    let corpus = fs::read_dir(root.join("tests/mistakes/corpus")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = corpus.map(|entry| entry.path().join(format!("suites/x.{ending}"))).collect();
    paths.sort();
    all.extend(paths.iter().filter_map(|path| fs::read_to_string(path).ok()));
    all
}

pub(crate) fn toml() -> &'static [String] {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        with_corpus("toml", &[SWEEP, AXES_OF_FILES, SUITE_OF_TEMPLATE], &["suites/inference.toml"])
    });
    &ALL
}

pub(crate) fn json() -> &'static [String] {
    static ALL: LazyLock<Vec<String>> =
        LazyLock::new(|| with_corpus("json", &[OWN_JSON, LEGACY], &["suites/legacy.json"]));
    &ALL
}

#[test]
fn they_are_good() {
    let folder = crate::Folder::new("seeds");
    let good = |ending: &str, text: &str| {
        folder.write(&format!("suites/{ending}.{ending}"), text.as_bytes());
        match folder.examined(ending, &crate::Typed::default()) {
            Ok(crate::Outcome::Accepted(_)) => {}
            other => panic!("{other:#?} of {text}"),
        }
    };
    for text in [SWEEP, AXES_OF_FILES, SUITE_OF_TEMPLATE] {
        good("toml", text);
    }
    for text in [OWN_JSON, LEGACY] {
        good("json", text);
    }
}
