//! One build with every kind of secret, whose script and target tell them to everybody who listens.

use std::io::Read as _;
use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use howitzer::k6::decode_remote_write;

use crate::collector::Collector;
use crate::echo::Echo;
use crate::front::{At, Fault, Front, Request};
use crate::prometheus::prometheus;
use crate::space::{Said, Space};
use crate::spelled::{forms, leaks};
use crate::tracking::Tracking;

const SCRIPT: &str = r"
import http from 'k6/http';
import encoding from 'k6/encoding';
import { check } from 'k6';

{{ k6_opts }}

const token = __ENV.TOKEN;
const spelled = encodeURIComponent(token);

export default function () {
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = `${before}${token}`;
    console.log(text, encoding.b64encode(text), encoding.b64encode(`${text}z`, 'rawurl'), spelled);
  }
  console.error(JSON.stringify({ token, encoded: encodeURIComponent(encoding.b64encode(token)) }));
  const told = http.get(`http://me:${spelled}@{{ vars.host }}/fine?key=${spelled}`, {
    headers: { 'X-Token': token, 'X-Encoded': encoding.b64encode(`id:${token}`) },
    tags: { who: token },
  });
  console.log(told.body);
  const failed = http.get(`http://{{ vars.host }}/fail/${spelled}`, { headers: { Authorization: `Bearer ${token}` } });
  console.log(http.get('{{ base_url }}/own').body, '{{ base_url }}', encoding.b64encode('{{ base_url }}'));
  console.error(`${failed.status}: ${failed.body}`);
  http.get(`http://me:${spelled}@127.0.0.1:1/${spelled}`);
  check(told, { [`it is ${token}`]: (answer) => answer.status === 200 });
}

export function handleSummary() {
  return { 'own.txt': `${token} ${encoding.b64encode(`-${token}`)}`, stdout: `${token}\n`, stderr: `${spelled}\n` };
}
";

const SUITE: &str = r#"
[[test]]
name = "loud"
template = "loud.js"
target = "echo"
vars = { host = "ADDRESS" }
env = { TOKEN = { from = "OUTER_TOKEN", secret = true } }
watch = "samples"
keep_samples = true
k6 = { vus = 1, iterations = 3 }
expect = { "http_reqs.count" = { above = 1e9 } }
"#;

/// A service and a set-up that tell what they have; what k6 sees goes to Prometheus as it runs.
const PREPARED: &str = r#"
[[test]]
name = "prepared"
template = "loud.js"
target = "served"
vars = { host = "ADDRESS" }
env = { TOKEN = { from = "OUTER_TOKEN", secret = true } }
k6 = { vus = 1, iterations = 3 }
[test.matrix]
replicas = [1]
[[test.setup]]
axis = "replicas"
env = { SETUP_TOKEN = { from = "SETUP_TOKEN", secret = true } }
apply = ["bash", "-c", "TELL $SETUP_TOKEN; END"]
undo = ["bash", "-c", "TELL $SETUP_TOKEN"]
"#;

/// A shell function that tells its argument, also in base64.
const TELL: &str = "tell() { echo told: $1; echo told: $1 >&2; printf %s $1 | base64; }; tell";

/// k6 sends to a collector itself, so what this script sends is its own affair: it tells nobody.
const QUIET: &str = "import http from 'k6/http';
{{ k6_opts }}
export default function () {
  http.get('http://{{ vars.host }}/fine', { headers: { 'X-Token': __ENV.TOKEN } });
  if (__ITER === 0) { console.log(JSON.stringify(__ENV), __ENV.K6_OTEL_HEADERS); }
}
";

const MANIFEST: &str = r#"
[export.mlflow]
uri = "http://MLFLOW"
[export.prometheus]
url = "http://writer:prometheus-secret-1@PROMETHEUS"
headers = { X-Gate = { env = "GATE" } }
[export.otlp]
url = "http://COLLECTOR"
bearer = { env = "OTLP_TOKEN" }
headers = { X-Key = { env = "OTLP_KEY" } }
[target.served]
base_url = "http://ADDRESS"
ready = { tcp = "127.0.0.1:PORT" }
service = { command = ["bash", "-c", "TELL $SERVICE_TOKEN; exec bin/server --grpc 127.0.0.1:0 --http 127.0.0.1:PORT"], env = { SERVICE_TOKEN = { from = "SERVICE_TOKEN", secret = true } } }
[target.dead]
base_url = "http://ADDRESS"
ready = { tcp = "127.0.0.1:1" }
service = { command = ["bash", "-c", "TELL $SERVICE_TOKEN; exit 1"], env = { SERVICE_TOKEN = { from = "SERVICE_TOKEN", secret = true } } }
[host]
shared = true
[target.echo]
base_url = "http://loader:base-url-secret-1@ADDRESS"
ready = { http = "http://prober:ready-secret-1@ADDRESS/ready" }
identity = [{ http = "http://prober:identity-secret-1@ADDRESS/identity", json = "$.version" }]
[scrape.bearer]
metrics = "http://ADDRESS/page"
bearer = { env = "SCRAPE_TOKEN" }
[scrape.user]
metrics = "http://scraper:user-info-secret-1@ADDRESS/page"
[scrape.header]
metrics = "http://ADDRESS/page"
headers = { X-Api-Key = { env = "API_KEY", secret = true } }
[scrape.broken]
metrics = "http://ADDRESS/broken"
bearer = { env = "SCRAPE_TOKEN" }
[scrape.denied]
metrics = "http://scraper:user-info-secret-1@ADDRESS/denied"
"#;

const TOKEN: &str = "s3cr3t/\"of\" <this>+&?~~ test";
const SCRAPE_TOKEN: &str = "bearer-0123456789-secret";
const API_KEY: &str = "header~?>~?>~?>secret";
const USER_INFO: &str = "user-info-secret-1";
const READY: &str = "ready-secret-1";
const IDENTITY: &str = "identity-secret-1";
const IN_SET_UP: &str = "set-up-secret-0815";
const IN_SERVICE: &str = "service-secret-4711";
const MLFLOW_PASSWORD: &str = "tracking?password>secret";
const MLFLOW_TOKEN: &str = "tracking-token-secret";
const PROMETHEUS: &str = "prometheus-secret-1";
const GATE: &str = "gate~secret?of>prometheus";
const OTLP_TOKEN: &str = "collector-token-secret";
const OTLP_KEY: &str = "collector+key secret";
/// It stands in the script, which is told, and nowhere else.
const BASE_URL: &str = "base-url-secret-1";

/// Every file with its text; compressed samples and the live series unpacked.
fn texts(space: &Space) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for (path, bytes) in ["out", ".howitzer", "reports"].iter().flat_map(|folder| space.files(folder)) {
        let mut unpacked = Vec::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).expect("gzip");
        }
        let series = howitzer::result::Series::decode(&bytes).map(|series| format!("{series:?}"));
        let more = [unpacked, series.unwrap_or_default().into_bytes()].concat();
        all.push((path, String::from_utf8_lossy(&[bytes, more].concat()).into_owned()));
    }
    let accounts = ["out/loud/build.json", "out/prepared/build.json", "out/quiet/build.json"];
    for name in accounts.iter().chain(&["summary.md"]) {
        all.push((space.path(name), space.read(name)));
    }
    all
}

/// Everything that was sent but what lets the sender in, as text: a name and what it is.
fn sent(mlflow: &Front, prometheus: &Front, collector: &Collector) -> Vec<(PathBuf, String)> {
    let told = |request: &Request, body: String| {
        let headers = request.headers.iter();
        let kept: Vec<String> = headers
            .filter(|(name, _)| !["authorization", "x-gate"].contains(&name.to_lowercase().as_str()))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        (PathBuf::from(&request.path), format!("{}\n{}\n{body}", request.path, kept.join("\n")))
    };
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let unpacked = |bytes: &[u8]| format!("{:?}", decode_remote_write(bytes).unwrap_or_default());
    let to_mlflow = mlflow.requests().into_iter().map(|one| told(&one, plain(&one.body)));
    let to_prometheus = prometheus.requests().into_iter().map(|one| told(&one, unpacked(&one.body)));
    let to_collector = collector.bodies().into_iter().map(|body| ("/v1/metrics".into(), plain(&body)));
    to_mlflow.chain(to_prometheus).chain(to_collector).collect()
}

/// The workspace with every kind of secret, and whoever listens.
struct Scene {
    space: Space,
    echo: Echo,
    mlflow: Tracking,
    prometheus: Front,
    collector: Collector,
}

impl Scene {
    fn new() -> Self {
        let (space, echo, mlflow) = (Space::new(), Echo::start(), Tracking::start());
        let (prometheus, collector) = (prometheus(), Collector::start(false));
        let filled = |text: &str| {
            let places = [
                ("ADDRESS", echo.address.clone()),
                ("MLFLOW", mlflow.front.address.clone()),
                ("PROMETHEUS", prometheus.address.clone()),
                ("COLLECTOR", collector.address.clone()),
                ("PORT", space.http.to_string()),
                ("TELL", TELL.to_owned()),
            ];
            places.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        space.write("howitzer.toml", &filled(MANIFEST));
        space.write("suites/loud.toml", &filled(SUITE));
        space.write("suites/prepared.toml", &filled(PREPARED).replace("END", "exit 0"));
        space.write("suites/broken.toml", &filled(PREPARED).replace("END", "exit 1"));
        space.write(
            "suites/dead.toml",
            &filled(PREPARED).replace("\"served\"", "\"dead\"").replace("END", ""),
        );
        let quiet = "[[test]]\nname = \"quiet\"\ntemplate = \"quiet.js\"\nvars = { host = \"ADDRESS\" }\n\
            env = { TOKEN = { from = \"OUTER_TOKEN\", secret = true } }\nwatch = \"otlp\"\n\
            k6 = { vus = 1, duration = \"2s\" }\n";
        space.write("suites/quiet.toml", &filled(quiet));
        space.write("k6_templates/loud.js", SCRIPT);
        space.write("k6_templates/quiet.js", QUIET);
        Self { space, echo, mlflow, prometheus, collector }
    }

    /// What a command said, with all secrets in its environment; MLflow's are a user or a token.
    fn run(&self, arguments: &[&str], code: i32, tracking: [(&str, &str); 2]) -> String {
        let mut command = self.space.command(arguments);
        command.envs([("OUTER_TOKEN", TOKEN), ("SCRAPE_TOKEN", SCRAPE_TOKEN), ("API_KEY", API_KEY)]);
        command.envs([("SETUP_TOKEN", IN_SET_UP), ("SERVICE_TOKEN", IN_SERVICE), ("GATE", GATE)]);
        command.envs([("OTLP_TOKEN", OTLP_TOKEN), ("OTLP_KEY", OTLP_KEY)]).envs(tracking);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", self.space.path("summary.md"));
        let done = Said::of(command.output().expect("starts")).expect_code(code);
        format!("{}{}", done.stdout, done.stderr)
    }
}

const USER: [(&str, &str); 2] =
    [("MLFLOW_TRACKING_USERNAME", "carl"), ("MLFLOW_TRACKING_PASSWORD", MLFLOW_PASSWORD)];
const TOKEN_ONLY: [(&str, &str); 2] = [("MLFLOW_TRACKING_TOKEN", MLFLOW_TOKEN), ("NONE", "0")];

#[test]
fn no_secret_of_any_kind_is_written_printed_or_sent_in_any_form() {
    let scene = Scene::new();
    let mut said = String::new();
    let mut run = |arguments: &[&str], code: i32| said += &scene.run(arguments, code, USER);
    run(&["build", "loud", "-n", "-v"], 0);
    let reports = ["reports/r.xml", "reports/r.md", "reports/r.csv", "reports/r.json"];
    let written: Vec<&str> = reports.iter().flat_map(|name| ["--report", name]).collect();
    run(&[&["build", "loud", "-v"][..], &written].concat(), 99);
    run(&["build", "loud", "--force", "--message-format", "ndjson"], 99);
    run(&["build", "prepared", "-v"], 0);
    run(&["build", "quiet", "-v"], 0);
    run(&["build", "broken", "-v"], 100);
    run(&["build", "dead", "--message-format", "ndjson"], 5);
    // Whoever is refused is told all that he sent.
    let basic = |user: &str, secret: &str| BASE64_STANDARD.encode(format!("{user}:{secret}"));
    let denied = format!("denied: carl:{MLFLOW_PASSWORD} Basic {}", basic("carl", MLFLOW_PASSWORD));
    scene.mlflow.front.fail(At("/", 0, Fault::Answer(403, denied)));
    std::fs::remove_dir_all(scene.space.path(".howitzer/v1/exports")).expect("ledgers");
    run(&["export", "mlflow", "loud"], 5);
    scene.mlflow.front.thaw();
    for arguments in [
        &["list", "loud", "--trace"][..],
        &["status", "loud"],
        &["explain", "loud", "-v"],
        &["graph", "loud", "--level", "node", "--format", "json"],
        &["report", "loud", "--format", "json"],
        &["report", "loud", "--format", "junit"],
        &["export", "mlflow", "loud", "--dry-run"],
        &["export", "prometheus", "loud", "--dry-run"],
        &["cache", "verify"],
    ] {
        run(arguments, 0);
    }
    said += &scene.run(&["export", "mlflow", "prepared", "-v"], 0, TOKEN_ONLY);
    the_secrets_were_there(&scene);
    let mut texts = texts(&scene.space);
    assert!(
        texts.iter().any(|(path, text)| path.ends_with("files/loud/own.txt") && text.starts_with("*** "))
    );
    assert!(texts.iter().filter(|(_, text)| text.contains("***")).count() > 5, "too little was masked");
    assert!(said.contains("the `base_url` of `loud` holds a password"), "{said}");
    assert!(said.contains("::error file=suites/loud.toml,line=2,"), "{said}");
    assert!(said.contains("denied: carl:*** Basic ***"), "{said}");
    assert!(said.matches("told: ***").count() > 2, "neither set-up nor service told anything: {said}");
    texts.push(("console".into(), said));
    let metrics = scene.space.read("out/loud/results.json");
    for part in ["authorization: Bearer ***", "authorization: Basic ***", "x-api-key: ***"] {
        assert!(metrics.contains(part), "no page told {part}: {metrics}");
    }
    texts.extend(scene.echo.commands().into_iter().map(|line| ("k6's command line".into(), line)));
    texts.extend(sent(&scene.mlflow.front, &scene.prometheus, &scene.collector));
    let script = scene.space.read("out/loud/render/loud.js");
    let mut found = Vec::new();
    for (path, text) in &texts {
        let mut secrets =
            vec![TOKEN, SCRAPE_TOKEN, API_KEY, USER_INFO, READY, IDENTITY, IN_SET_UP, IN_SERVICE];
        secrets.extend([MLFLOW_PASSWORD, MLFLOW_TOKEN, PROMETHEUS, GATE, OTLP_TOKEN, OTLP_KEY]);
        // What stands in a script is in every copy of it: in a line of JSON too.
        let holds_script = text.contains(&script) || path.ends_with("script.js");
        secrets.extend((!holds_script).then_some(BASE_URL));
        found.extend(leaks(&secrets, &path.display().to_string(), text));
    }
    assert!(found.is_empty(), "{} of {} texts leak:\n{}", found.len(), texts.len(), found.join("\n"));
}

/// That nobody told them would prove nothing else.
fn the_secrets_were_there(scene: &Scene) {
    let heads = scene.echo.heads();
    let basic = |user: &str, secret: &str| BASE64_STANDARD.encode(format!("{user}:{secret}"));
    let (me, scraper, loader) = (basic("me", TOKEN), basic("scraper", USER_INFO), basic("loader", BASE_URL));
    for part in [&me, &scraper, &loader, SCRAPE_TOKEN, API_KEY, TOKEN] {
        assert!(heads.contains(part), "nobody sent {part}");
    }
    let told = forms(TOKEN).into_iter().filter(|form| heads.contains(form)).count();
    assert!(told > 3, "only {told} forms of the token were sent");
    let has = |front: &Front, name: &str, value: &str| {
        front.requests().iter().any(|request| request.header(name) == Some(value))
    };
    let user = format!("Basic {}", basic("carl", MLFLOW_PASSWORD));
    assert!(has(&scene.mlflow.front, "authorization", &user));
    assert!(has(&scene.mlflow.front, "authorization", &format!("Bearer {MLFLOW_TOKEN}")));
    assert!(has(&scene.prometheus, "authorization", &format!("Basic {}", basic("writer", PROMETHEUS))));
    assert!(has(&scene.prometheus, "x-gate", GATE));
    let collected = scene.collector.heads().join("\n");
    assert!(collected.contains(OTLP_KEY) && collected.contains(OTLP_TOKEN), "{collected}");
    let live = |name: &str| {
        let all = scene.prometheus.requests();
        let samples = all.iter().flat_map(|one| decode_remote_write(&one.body).unwrap_or_default());
        samples.filter(|sample| sample.metric == name).count()
    };
    assert!(live("k6_http_reqs_total") > 0 && live("howitzer_result") > 0, "nothing came to Prometheus");
    let artifacts = scene.mlflow.front.count("mlflow-artifacts");
    assert!(artifacts > 10, "{artifacts}");
    let commands = scene.echo.commands();
    assert!(commands.iter().any(|line| line.contains(" run ")), "no k6 was seen: {commands:?}");
}
