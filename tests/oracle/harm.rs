//! What befalls the store and the outputs: files that vanish or rot, a clock that jumps, `gc`, `clean`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::drive::{Request, Said, VERIFY};
use crate::oracle::{Oracle, digest, now};
use crate::play::Play;
use crate::random::Random;
use crate::results::{blob_path, record_path};

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

impl Play {
    /// Does one thing, and tells the oracle. What is done to outputs may need a flag in the request.
    pub(crate) fn harm(&mut self, request: &mut Request) -> String {
        match self.random.below(16) {
            0..=2 => self.harm_record(),
            3..=6 => self.harm_blob(),
            7 => self.harm_scrape(),
            8 => self.harm_hint("journal"),
            9 => self.harm_hint("stat"),
            10 => self.remove_output(),
            11 => self.edit_output(request),
            12 | 13 => self.jump(),
            14 => self.gc(),
            _ => self.clean(),
        }
    }

    fn harm_record(&mut self) -> String {
        let whole: Vec<String> = self
            .oracle
            .records
            .iter()
            .filter(|(_, record)| !record.is_damaged)
            .map(|(description, _)| description.clone())
            .collect();
        let known: Vec<(String, String)> = whole
            .into_iter()
            .filter_map(|description| {
                Some((description.clone(), self.oracle.keys.get(&description)?.clone()))
            })
            .collect();
        if known.is_empty() {
            return "no record".to_owned();
        }
        let (description, key) = self.random.of(&known).clone();
        let path = self.space.path(&record_path(&key));
        if self.random.once_in(2) {
            fs::remove_file(&path).expect("removes");
            self.oracle.records.remove(&description);
            return format!("record {} removed", &key[..8]);
        }
        // Never in place: a plan that knows the record in brief would not read it.
        let mut bytes = fs::read(&path).expect("reads");
        let how = rot(&mut bytes, &mut self.random);
        replace(&path, &bytes);
        self.oracle.records.get_mut(&description).expect("a record").is_damaged = true;
        format!("record {} {how}", &key[..8])
    }

    fn harm_blob(&mut self) -> String {
        let attempts = self.oracle.records.values().flat_map(|record| &record.attempts);
        let mut needed: BTreeSet<&String> = attempts.flat_map(|attempt| &attempt.outputs).collect();
        // Everything needs the empty blob, and would run again.
        if !self.random.once_in(8) {
            needed.remove(&digest(b""));
        }
        let there: Vec<String> = needed
            .into_iter()
            .filter(|digest| self.oracle.blobs.get(*digest) == Some(&true))
            .cloned()
            .collect();
        if there.is_empty() {
            return "no blob".to_owned();
        }
        let name = self.random.of(&there).clone();
        let path = self.space.path(&blob_path(&name));
        if self.random.once_in(2) {
            fs::remove_file(&path).expect("removes");
            self.oracle.blobs.remove(&name);
            return format!("blob {} removed", &name[..8]);
        }
        let how = self.damage(&path);
        self.oracle.blobs.insert(name.clone(), false);
        format!("blob {} {how}", &name[..8])
    }

    /// Cuts or flips; in one of four times in place, where no folder's stat shows it.
    fn damage(&mut self, path: &Path) -> String {
        let mut bytes = fs::read(path).expect("reads");
        let how = rot(&mut bytes, &mut self.random);
        let in_place = self.random.once_in(4);
        self.is_latent |= in_place;
        if in_place {
            fs::write(path, bytes).expect("writes");
        } else {
            replace(path, &bytes);
        }
        format!("{how}{}", if in_place { " in place" } else { "" })
    }

    fn harm_scrape(&mut self) -> String {
        let keys: BTreeSet<&String> = self.oracle.keys.values().collect();
        let is_scrape = |path: &PathBuf| {
            path.file_name().is_some_and(|name| !keys.contains(&name.to_string_lossy().into_owned()))
        };
        let all: Vec<PathBuf> = self.files(".howitzer/v1/records").into_iter().filter(is_scrape).collect();
        if all.is_empty() {
            return "no scrape".to_owned();
        }
        let path = self.random.of(&all).clone();
        if self.random.once_in(2) {
            fs::remove_file(path).expect("removes");
            return "a scrape removed".to_owned();
        }
        let mut bytes = fs::read(&path).expect("reads");
        let how = rot(&mut bytes, &mut self.random);
        replace(&path, &bytes);
        format!("a scrape {how}")
    }

    /// Journals and what is under `stat/` are hints, all but what set-ups have left applied.
    fn harm_hint(&mut self, kind: &str) -> String {
        let mut all = self.files(&format!(".howitzer/v1/{kind}"));
        all.retain(|path| !path.ends_with("applied"));
        if all.is_empty() {
            return format!("no {kind}");
        }
        let path = self.random.of(&all).clone();
        if kind == "journal" {
            self.unlike.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
        if self.random.once_in(2) {
            fs::remove_file(&path).expect("removes");
        } else {
            let mut bytes = fs::read(&path).expect("reads");
            rot(&mut bytes, &mut self.random);
            fs::write(&path, bytes).expect("writes");
        }
        format!(
            "{} lost or damaged",
            path.strip_prefix(self.space.path(".howitzer")).expect("inside").display()
        )
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        self.space.snapshot(folder).into_keys().map(|path| self.space.path(&path.to_string_lossy())).collect()
    }

    fn remove_output(&mut self) -> String {
        let all = self.files("out");
        if all.is_empty() || self.random.once_in(3) {
            let _ = fs::remove_dir_all(self.space.path("out"));
            return "out/ removed".to_owned();
        }
        let path = self.random.of(&all).clone();
        fs::remove_file(&path).expect("removes");
        format!("{} removed", path.strip_prefix(self.space.path("out")).expect("inside").display())
    }

    fn edit_output(&mut self, request: &mut Request) -> String {
        let suite = request.suites[0].clone();
        let all = self.files(&format!("out/{suite}"));
        if all.is_empty() || request.forces_runs() {
            return "no output".to_owned();
        }
        let path = self.random.of(&all).clone();
        let mut bytes = fs::read(&path).expect("reads");
        bytes.push(b'x');
        fs::write(&path, bytes).expect("writes");
        request.force = Some(VERIFY);
        format!("{} edited", path.strip_prefix(self.space.path("out")).expect("inside").display())
    }

    /// Time passes, or the clock was set back: everything that is kept is older or younger by as much. It
    /// is written in place, so that folders and stamps look as if only the clock had moved.
    fn jump(&mut self) -> String {
        let hours = *self.random.of(&[2, 25, 2, -2]);
        let files = [self.files(".howitzer/v1/records"), self.files(".howitzer/v1/stat")].concat();
        for path in files {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let whole = text.split_once('\n').filter(|(sum, body)| digest(body.as_bytes()) == *sum);
            let Some((_, body)) = whole else { continue };
            let mut value: Value = serde_json::from_str(body).expect("JSON");
            if shift(&mut value, hours * HOUR) {
                let body = format!("{value}\n");
                fs::write(&path, format!("{}\n{body}", digest(body.as_bytes()))).expect("writes");
            }
        }
        let attempts = self.oracle.records.values_mut().flat_map(|record| &mut record.attempts);
        attempts.for_each(|attempt| attempt.ended -= hours * HOUR);
        // Outputs tell the times of before, until they are written again.
        self.unlike.extend(self.world.suites.iter().map(|suite| suite.name.clone()));
        format!("the clock jumps by {hours} h")
    }

    fn gc(&mut self) -> String {
        if !self.space.path(".howitzer/v1").is_dir() {
            return "nothing to collect".to_owned();
        }
        let limit = self.random.once_in(2).then_some(HOUR);
        let arguments: &[&str] = if limit.is_some() { &["gc", "--max-age", "1h"] } else { &["gc"] };
        let said = self.space.run(&self.world, arguments);
        self.check(said.code == Some(0), &said, || "gc fails".to_owned());
        let Oracle { records, blobs, .. } = &mut self.oracle;
        let is_old = |ended: i64| limit.is_some_and(|limit| now() - ended > limit);
        records.retain(|_, record| {
            let newest = record.attempts.last().map(|attempt| attempt.ended);
            !record.is_damaged && newest.is_some_and(|ended| !is_old(ended))
        });
        let needed: BTreeSet<&String> = records
            .values()
            .flat_map(|record| &record.attempts)
            .flat_map(|attempt| &attempt.outputs)
            .collect();
        blobs.retain(|digest, _| needed.contains(digest));
        arguments.join(" ")
    }

    fn clean(&mut self) -> String {
        let suite = self.random.of(&["alpha", "beta"]).to_owned();
        let all = self.random.once_in(6);
        let arguments: &[&str] = if all { &["clean", suite, "--results"] } else { &["clean", suite] };
        let said: Said = self.space.run(&self.world, arguments);
        self.check(said.code == Some(0), &said, || "clean fails".to_owned());
        if all {
            self.oracle.records.clear();
            self.oracle.blobs.clear();
        }
        arguments.join(" ")
    }
}

/// Moves every instant in `value` back; says whether there was any.
fn shift(value: &mut Value, milliseconds: i64) -> bool {
    match value {
        Value::String(text) => {
            let Ok(instant) = text.parse::<jiff::Timestamp>() else { return false };
            let moved = jiff::Timestamp::from_millisecond(instant.as_millisecond() - milliseconds);
            *text = format!("{:.3}", moved.expect("a time"));
            true
        }
        Value::Array(items) => {
            items.iter_mut().filter_map(|item| shift(item, milliseconds).then_some(())).count() > 0
        }
        Value::Object(map) => {
            map.values_mut().filter_map(|item| shift(item, milliseconds).then_some(())).count() > 0
        }
        _ => false,
    }
}

fn rot(bytes: &mut Vec<u8>, random: &mut Random) -> String {
    if bytes.is_empty() {
        bytes.push(b'x');
        return "grown".to_owned();
    }
    let at = random.below(bytes.len());
    if random.once_in(2) {
        bytes.truncate(at);
        return format!("cut at {at}");
    }
    bytes[at] ^= 1 << random.below(8);
    format!("flipped at {at}")
}

/// As another program would: a new file takes the old one's place.
fn replace(path: &Path, bytes: &[u8]) {
    let new = path.with_file_name(".tmp-oracle");
    fs::write(&new, bytes).expect("writes");
    fs::rename(&new, path).expect("renames");
}
