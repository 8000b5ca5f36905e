//! The key of keyed hashes: made once a workspace, never leaving its store.

use std::fmt::Write;
use std::path::Path;

use super::checked::{decode, encode};
use super::{LockedStore, Store, StoreError};
use crate::base::files::{self, Durability, told};

/// Its file under `stat/`.
const SALT: &str = "salt";

/// Its length in bytes.
const LENGTH: usize = 32;

impl Store {
    /// The key of keyed hashes; empty before the first build, and where it does not verify.
    pub fn salt(&self) -> Result<Vec<u8>, StoreError> {
        let bytes = files::read_if_present(&self.stat_path(SALT))?;
        let digits = bytes.and_then(|bytes| decode::<String>(&bytes));
        Ok(digits.and_then(|digits| bytes_of(&digits)).unwrap_or_default())
    }
}

impl LockedStore {
    /// The key of keyed hashes, made where there is none. A new one makes runs stale that hold such a hash.
    pub fn make_salt(&self) -> Result<Vec<u8>, StoreError> {
        let present = self.salt()?;
        if !present.is_empty() {
            return Ok(present);
        }
        let source = Path::new("/dev/urandom");
        let mut bytes = vec![0; LENGTH];
        let mut opened = std::fs::File::open(source).map_err(told("open", source))?;
        std::io::Read::read_exact(&mut opened, &mut bytes).map_err(told("read", source))?;
        let digits = bytes.iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        files::write_atomic(&self.stat_path(SALT), &encode(&digits), Durability::Synced)?;
        Ok(bytes)
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == LENGTH)
}
