//! The whole stream of samples as a compressed file (gzip), secrets masked. Compressing has a thread of its own, so
//! that reading k6's pipe goes on meanwhile.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::lines::LONGEST;
use crate::base::bytes;
use crate::base::mask::Mask;

/// How many pieces may wait for being compressed; a piece has 256 KiB or less. Then reading waits, and k6 keeps
/// what it has to say.
const WAITING: usize = 256;

/// What comes after so many compressed bytes is not kept: about two million requests.
const LIMIT: u64 = 256 << 20;

/// A file in the making.
#[derive(Debug)]
pub struct Keeping {
    sender: SyncSender<Vec<u8>>,
    writer: JoinHandle<io::Result<bool>>,
    /// The beginning of a line whose end did not come yet.
    begun: Vec<u8>,
    /// It is too long, and the rest of it is left out.
    skips: bool,
    /// A cut may not leave a piece of a secret, which is no longer than this.
    longest_secret: usize,
}

impl Keeping {
    /// Writes to `file` what is pushed, each line masked by `mask`.
    pub fn start(file: File, mask: Mask) -> io::Result<Self> {
        let (sender, pieces) = sync_channel(WAITING);
        let longest_secret = mask.longest();
        let writer = std::thread::Builder::new().name("samples kept".to_owned());
        let writer = writer.spawn(move || write(file, &mask, &pieces, LIMIT))?;
        Ok(Self { sender, writer, begun: Vec::new(), skips: false, longest_secret })
    }

    /// Takes a piece of the stream. What cannot be written is told at the end.
    pub(super) fn push(&mut self, mut piece: &[u8]) {
        if self.skips {
            let Some(end) = memchr::memchr(b'\n', piece) else { return };
            piece = &piece[end..];
            self.skips = false;
        }
        let whole = memchr::memrchr(b'\n', piece).map_or(0, |end| end + 1);
        if whole > 0 {
            let mut lines = std::mem::take(&mut self.begun);
            lines.extend_from_slice(&piece[..whole]);
            let _ = self.sender.send(lines);
        }
        self.begun.extend_from_slice(&piece[whole..]);
        if self.begun.len() > LONGEST {
            self.begun.truncate(LONGEST - self.longest_secret.min(LONGEST));
            self.skips = true;
        }
    }

    /// Ends the file; what is odd about it, or why there is none.
    pub(super) fn finish(self) -> Result<Option<String>, String> {
        let _ = self.sender.send(self.begun);
        drop(self.sender);
        match self.writer.join() {
            Ok(Ok(true)) => Ok(None),
            Ok(Ok(false)) => {
                Ok(Some(format!("of the samples only {} (compressed) are kept", bytes::human(LIMIT))))
            }
            Ok(Err(error)) => Err(format!("the samples are not kept: {error}")),
            Err(_) => Err("the samples are not kept: compressing failed".to_owned()),
        }
    }
}

/// Whether everything was written.
fn write(file: File, mask: &Mask, pieces: &Receiver<Vec<u8>>, limit: u64) -> io::Result<bool> {
    let mut packed = GzEncoder::new(Counted { file, count: 0 }, Compression::fast());
    let mut outcome = Ok(true);
    // Also after an error: who sends must never wait for nobody.
    for piece in pieces {
        if packed.get_ref().count > limit {
            outcome = Ok(false);
        }
        if let Ok(true) = outcome
            && let Err(error) = packed.write_all(&mask.json_lines(piece))
        {
            outcome = Err(error);
        }
    }
    let is_whole = outcome?;
    packed.finish()?.file.sync_all()?;
    Ok(is_whole)
}

struct Counted {
    file: File,
    count: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn unpacked(file: &mut File) -> String {
        use std::io::Seek;
        file.rewind().expect("rewinds");
        let mut text = String::new();
        GzDecoder::new(file).read_to_string(&mut text).expect("gzip");
        text
    }

    #[test]
    fn every_line_is_kept_in_whatever_pieces_it_comes_and_a_secret_is_not() {
        let mut file = tempfile::tempfile().expect("a file");
        let mut keeping =
            Keeping::start(file.try_clone().expect("a handle"), Mask::of([b"geheim".as_slice()]))
                .expect("a thread");
        let text = "{\"url\":\"/geheim\"}\n{\"value\":+Inf,\"x\":\"geheim\"}\n{\"value\":1}\nthe cut en";
        for piece in text.as_bytes().chunks(5) {
            keeping.push(piece);
        }
        assert_eq!(keeping.finish(), Ok(None));
        let kept = "{\"url\":\"/***\"}\n{\"value\":+Inf,\"x\":\"***\"}\n{\"value\":1}\nthe cut en";
        assert_eq!(unpacked(&mut file), kept);
    }

    #[test]
    fn what_is_beyond_the_limit_is_left_out_and_what_is_there_is_sound() {
        let mut file = tempfile::tempfile().expect("a file");
        let (sender, pieces) = sync_channel(1000);
        let mut random = 1_u64;
        for _ in 0..200 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let noise: String =
                (0..500).map(|at| char::from(33 + ((random >> (at % 50)) % 90) as u8)).collect();
            sender.send(format!("{noise}\n").into_bytes()).expect("sends");
        }
        drop(sender);
        let handle = file.try_clone().expect("a handle");
        assert_eq!(write(handle, &Mask::default(), &pieces, 100).ok(), Some(false));
        let kept = unpacked(&mut file).lines().count();
        assert!(kept > 0 && kept < 200, "{kept}");
    }

    #[test]
    fn a_full_disk_is_told_and_blocks_nobody() {
        let file = File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut keeping = Keeping::start(file, Mask::default()).expect("a thread");
        for _ in 0..1000 {
            keeping.push(&[b'x'; 5000]);
            keeping.push(b"\n");
        }
        let said = keeping.finish().expect_err("nothing was written");
        assert!(said.starts_with("the samples are not kept: "), "{said}");
    }
}
