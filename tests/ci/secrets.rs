//! One build with every kind of secret, whose script and target tell them to everybody who listens.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::space::{Said, Space};

/// A server that tells everybody what it was told: the request's line and headers, also as a metric's labels.
struct Echo {
    address: String,
    heard: Arc<Mutex<String>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let (heard, stop) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicBool::new(false)));
        let (hearing, stopped) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                answer(stream, &hearing);
            }
        });
        Self { address, heard, stop, thread: Some(thread) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Whoever connects wakes it.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A client that breaks off is its own affair.
fn answer(mut stream: TcpStream, heard: &Mutex<String>) {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(count) if count > 0 => request.extend_from_slice(&part[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    heard.lock().expect("whole").push_str(&head);
    let label = head.replace(['\\', '"', '\r', '\n'], " ");
    let (status, body) = match head.split(' ').nth(1).unwrap_or_default() {
        "/page" => ("200 OK", format!("said{{head=\"{label}\"}} 1\n")),
        "/broken" => ("200 OK", format!("{label}\n")),
        "/denied" => ("401 Unauthorized", label),
        "/identity" => ("200 OK", "{\"version\": \"1\"}".to_owned()),
        path if path.starts_with("/fail") => ("500 Internal Server Error", head),
        _ => ("200 OK", head),
    };
    let length = body.len();
    let _ =
        write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
}

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

const MANIFEST: &str = r#"
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
/// It stands in the script, which is told, and nowhere else.
const BASE_URL: &str = "base-url-secret-1";

/// How a secret may be told: whole, in JSON, percent-encoded, and the groups of base64 that hold nothing else, at each of
/// the three alignments and in both alphabets.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), secret.replace('"', "\\\"")];
    let percent = |kept: &str| -> String {
        let encode = |character: char| match character {
            _ if character.is_ascii_alphanumeric() || kept.contains(character) => character.to_string(),
            _ => format!("%{:02X}", u32::from(character)),
        };
        secret.chars().map(encode).collect()
    };
    forms.extend([percent("-_.!~*'()"), percent("-_.~"), percent("-_.~").replace("%20", "+")]);
    for skipped in 0..3 {
        let own = &secret.as_bytes()[skipped..];
        let digits = BASE64_STANDARD.encode(&own[..own.len() / 3 * 3]);
        forms.extend([
            digits.replace('+', "-").replace('/', "_"),
            digits.replace('+', "%2B").replace('/', "%2F"),
            digits,
        ]);
    }
    forms
}

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
    for name in ["out/loud/build.json", "summary.md"] {
        all.push((space.path(name), space.read(name)));
    }
    all
}

#[test]
fn no_secret_of_any_kind_is_written_or_printed_in_any_form() {
    let (space, echo) = (Space::new(), Echo::start());
    space.write("howitzer.toml", &MANIFEST.replace("ADDRESS", &echo.address));
    space.write("suites/loud.toml", &SUITE.replace("ADDRESS", &echo.address));
    space.write("k6_templates/loud.js", SCRIPT);
    let mut said = String::new();
    let mut run = |arguments: &[&str], code: i32| {
        let mut command = space.command(arguments);
        command.envs([("OUTER_TOKEN", TOKEN), ("SCRAPE_TOKEN", SCRAPE_TOKEN), ("API_KEY", API_KEY)]);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", space.path("summary.md"));
        let done = Said::of(command.output().expect("starts")).expect_code(code);
        said += &format!("{}{}", done.stdout, done.stderr);
    };
    run(&["build", "loud", "-n", "-v"], 0);
    let reports = ["reports/r.xml", "reports/r.md", "reports/r.csv", "reports/r.json"];
    let written: Vec<&str> = reports.iter().flat_map(|name| ["--report", name]).collect();
    run(&[&["build", "loud", "-v"][..], &written].concat(), 99);
    run(&["build", "loud", "--force", "--message-format", "ndjson"], 99);
    for arguments in [
        &["list", "loud", "--trace"][..],
        &["status", "loud"],
        &["explain", "loud", "-v"],
        &["graph", "loud", "--level", "node", "--format", "json"],
        &["report", "loud", "--format", "json"],
        &["report", "loud", "--format", "junit"],
    ] {
        run(arguments, 0);
    }
    // The secrets were there to be told.
    let heard = echo.heard.lock().expect("whole").clone();
    let basic = |user: &str, secret: &str| BASE64_STANDARD.encode(format!("{user}:{secret}"));
    let (me, scraper, loader) = (basic("me", TOKEN), basic("scraper", USER_INFO), basic("loader", BASE_URL));
    for part in [&me, &scraper, &loader, SCRAPE_TOKEN, API_KEY, TOKEN] {
        assert!(heard.contains(part), "nobody sent {part}");
    }
    let told = forms(TOKEN).into_iter().filter(|form| heard.contains(form)).count();
    assert!(told > 3, "only {told} forms of the token were sent");
    let mut texts = texts(&space);
    assert!(
        texts.iter().any(|(path, text)| path.ends_with("files/loud/own.txt") && text.starts_with("*** "))
    );
    assert!(texts.iter().filter(|(_, text)| text.contains("***")).count() > 5, "too little was masked");
    assert!(said.contains("the `base_url` of `loud` holds a password"), "{said}");
    assert!(said.contains("::error file=suites/loud.toml,line=2,"), "{said}");
    texts.push(("console".into(), said));
    let metrics = space.read("out/loud/results.json");
    for part in ["authorization: Bearer ***", "authorization: Basic ***", "x-api-key: ***"] {
        assert!(metrics.contains(part), "no page told {part}: {metrics}");
    }
    let script = space.read("out/loud/render/loud.js");
    let mut leaks = Vec::new();
    for (path, text) in &texts {
        let mut secrets = vec![TOKEN, SCRAPE_TOKEN, API_KEY, USER_INFO, READY, IDENTITY];
        secrets.extend((!text.contains(&script)).then_some(BASE_URL));
        for form in secrets.iter().flat_map(|secret| forms(secret)) {
            if let Some(at) = text.find(&form) {
                let around: String = text[..at + form.len()].chars().rev().take(160).collect();
                leaks.push(format!(
                    "{form} in {}: …{}",
                    path.display(),
                    around.chars().rev().collect::<String>()
                ));
            }
        }
    }
    assert!(leaks.is_empty(), "{} of {} texts leak:\n{}", leaks.len(), texts.len(), leaks.join("\n"));
}
