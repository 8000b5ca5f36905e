//! Headless Chromium as a process of a test's own, spoken to by its DevTools protocol over a pipe
//! (<https://chromedevtools.github.io/devtools-protocol/>): no port, no client library.

use std::io::{BufRead, BufReader, PipeWriter, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use command_fds::{CommandFdExt, FdMapping};
use serde_json::{Value, json};

/// So long an answer may take; it is there only so that a failure ends.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Chromium {
    process: Child,
    orders: PipeWriter,
    answers: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    /// What came without having been asked for.
    pub(crate) events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// An empty page of this size in these colours, `light` or `dark`.
    pub(crate) fn start(width: u32, colours: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let (theirs_in, orders) = std::io::pipe().expect("a pipe");
        let (from, theirs_out) = std::io::pipe().expect("a pipe");
        let mut command = Command::new("chromium");
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
                "--no-first-run",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mappings = vec![
            FdMapping { parent_fd: theirs_in.into(), child_fd: 3 },
            FdMapping { parent_fd: theirs_out.into(), child_fd: 4 },
        ];
        command.fd_mappings(mappings).expect("two ends");
        let process = command.spawn().expect("Chromium starts: Debian's package is `chromium`");
        // Its ends of the pipes are closed here, so that its end is seen.
        drop(command);
        let (send, answers) = channel();
        thread::spawn(move || {
            for message in BufReader::new(from).split(0) {
                let read = message.map(|bytes| serde_json::from_slice(&bytes).expect("Chromium speaks JSON"));
                let Ok(true) = read.map(|value| send.send(value).is_ok()) else { return };
            }
        });
        let (session, sent, events) = (None, 0, Vec::new());
        let mut started = Self { process, orders, answers, session, sent, events, _profile: profile };
        started.attach(width, colours);
        started
    }

    fn attach(&mut self, width: u32, colours: &str) {
        let target = self.order("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached =
            self.order("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            self.order(domain, &json!({}));
        }
        self.width(width);
        let feature = json!({ "name": "prefers-color-scheme", "value": colours });
        self.order("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    /// Makes the window so many pixels wide.
    pub(crate) fn width(&mut self, width: u32) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.order("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Shows the page as it is printed.
    pub(crate) fn onto_paper(&mut self) {
        self.evaluate("dispatchEvent(new Event('beforeprint'))");
        self.order("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.order("Page.navigate", &json!({ "url": url }));
        self.loaded();
    }

    /// Waits until a page is loaded that was asked for since the events were cleared.
    pub(crate) fn loaded(&mut self) {
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.answers.recv_timeout(PATIENCE).expect("the page is loaded");
            self.events.push(event);
        }
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.order("Runtime.evaluate", &asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The upper part of the page as PNG, so many pixels high.
    pub(crate) fn screenshot(&mut self, width: u32, height: u32) -> Vec<u8> {
        self.order("Emulation.setScrollbarsHidden", &json!({ "hidden": true }));
        let part = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let asked = json!({ "format": "png", "clip": part, "captureBeyondViewport": true });
        let taken = self.order("Page.captureScreenshot", &asked);
        let text = taken["data"].as_str().expect("base64");
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    }

    /// Types a key such as `Enter` where the focus is.
    pub(crate) fn press(&mut self, key: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            self.order("Input.dispatchKeyEvent", &event);
        }
    }

    /// Clicks at a place of the window, in pixels.
    pub(crate) fn click(&mut self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.order("Input.dispatchMouseEvent", &event);
        }
    }

    fn order(&mut self, method: &str, parameters: &Value) -> Value {
        self.sent += 1;
        let mut order = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            order["sessionId"] = session.as_str().into();
        }
        let mut bytes = order.to_string().into_bytes();
        bytes.push(0);
        self.orders.write_all(&bytes).expect("Chromium reads");
        loop {
            let answer =
                self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{method}: no answer"));
            if answer["id"] == self.sent {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Asked first, so that it ends its own processes; both fail only where it has ended by itself.
        let _ = self.orders.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.process.wait();
    }
}
