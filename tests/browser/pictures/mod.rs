//! The pictures of README and docs, made from a real build of the example suite: the terminal while it runs and at its
//! end as SVG, the report in light and dark as PNG. `HOWITZER_ACCEPT=1` puts them into `docs/pictures/`.

mod drawing;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::chromium::Chromium;
use crate::screen::{Screen, Shown};
use crate::space::Space;

const ROWS: u16 = 24;
const COLUMNS: u16 = 110;

/// Of the report, in pixels.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 880;

/// The example suite, with its target on free ports.
fn space() -> Space {
    let space = Space::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(repository.join(file)).expect("the repository's file");
    space.write("k6_templates/http/infer.js", &read("k6_templates/http/infer.js"));
    let suite = read("suites/inference.toml");
    assert!(suite.contains("127.0.0.1:8008"), "{suite}");
    let own = format!("127.0.0.1:{}", space.http);
    space.write("suites/inference.toml", &suite.replace("127.0.0.1:8008", &own));
    space
}

/// What the terminal shows after each drawing, from what was written to it.
fn screens(shown: &Shown) -> Vec<vt100::Screen> {
    let some = |count| NonZero::new(count).expect("not zero");
    let mut parser = vt100::Parser::new(some(ROWS), some(COLUMNS), 0);
    let drawings = shown.bytes.split_inclusive(|byte| *byte == b'\r');
    let seen = drawings.map(|drawn| {
        parser.process(drawn);
        parser.screen().clone()
    });
    seen.collect()
}

/// The screen that shows most: the longest sparkline in the middle of the build.
fn liveliest(screens: &[vt100::Screen]) -> &vt100::Screen {
    let bars = |screen: &vt100::Screen| {
        let text = screen.contents();
        let is_whole = ["running", "whole 4/9", "p95"].iter().all(|part| text.contains(part));
        // Its end says less: no user is left.
        let is_whole = is_whole && !text.contains("5s/5s");
        if is_whole { text.matches(|char| ('▁'..='█').contains(&char)).count() } else { 0 }
    };
    let liveliest = screens.iter().max_by_key(|screen| bars(screen)).expect("something was drawn");
    assert!(bars(liveliest) > 0, "no block was drawn:\n{}", liveliest.contents());
    liveliest
}

fn folder() -> PathBuf {
    let accepted = std::env::var_os("HOWITZER_ACCEPT").is_some();
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    if accepted { Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures") } else { made }
}

/// Keeps a picture whose text names nothing of this machine.
#[track_caller]
fn keep(name: &str, bytes: &[u8], text: &str, space: &Space) {
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    let home = std::env::var("HOME").expect("a home");
    let root = space.path("");
    for private in [&*machine, &*home, &*root.to_string_lossy(), env!("CARGO_MANIFEST_DIR")] {
        assert!(private == "localhost" || !text.contains(private), "{name} names {private}:\n{text}");
    }
    fs::create_dir_all(folder()).expect("folder");
    fs::write(folder().join(name), bytes).expect("writes");
}

#[test]
fn the_pictures_of_the_readme_are_made_from_a_real_build() {
    let space = space();
    let mut command = space.command(&["build", "inference"]);
    command
        .env("HOWITZER_HOST_CLASS", "example")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CI");
    let shown = Screen::new(ROWS, COLUMNS).run(command, |_| {});
    assert_eq!(shown.code, Some(0), "{}", shown.text());
    let screens = screens(&shown);
    for (name, screen) in
        [("build-running.svg", liveliest(&screens)), ("build-done.svg", &screens[screens.len() - 1])]
    {
        let drawn = drawing::draw(screen, "$ howitzer build suites/inference");
        roxmltree::Document::parse(&drawn).expect("well-formed");
        keep(name, drawn.as_bytes(), &screen.contents(), &space);
    }
    let page = format!("file://{}", space.path("out/inference/report.html").display());
    for colours in ["light", "dark"] {
        let mut chromium = Chromium::start(WIDTH, colours);
        chromium.open(&page);
        let drawn =
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";
        chromium.evaluate(drawn);
        let text = chromium.evaluate("document.body.innerText");
        let png = chromium.screenshot(WIDTH, HEIGHT);
        keep(&format!("report-{colours}.png"), &png, text.as_str().expect("text"), &space);
    }
}
