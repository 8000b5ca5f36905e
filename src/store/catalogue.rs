//! A suite's usable results in brief, so that a plan need not read their records.
//!
//! A catalogue is a hint. It holds as long as no record or blob came or went, which the times of the
//! store's folders tell. A record that is edited in place is not seen here; it is when it is read, and by
//! `build --verify`.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::checked::{decode, encode};
use super::stamp::wait_until_settled;
use super::{LockedStore, Store, StoreError, flat};
use crate::base::digest::{Digest, Digester};
use crate::base::files;

#[derive(Serialize, Deserialize)]
struct Catalogue<T> {
    /// How the store's folders stood.
    shards: Digest,
    results: Vec<(Digest, T)>,
}

impl Store {
    /// What is known of a suite's results by key; none where there is no catalogue that holds.
    pub fn catalogue<T: DeserializeOwned>(&self, suite: &str) -> Option<HashMap<Digest, T>> {
        let bytes = files::read(&self.stat_path(&catalogue_name(suite))).ok()?;
        let catalogue: Catalogue<T> = decode(&bytes)?;
        (catalogue.shards == self.shards_now()).then(|| catalogue.results.into_iter().collect())
    }

    fn shards_now(&self) -> Digest {
        let mut digester = Digester::default();
        for shard in self.shards() {
            let Ok(stat) = std::fs::metadata(&shard) else { continue };
            digester.update(shard.strip_prefix(&self.root).unwrap_or(&shard).as_os_str().as_encoded_bytes());
            let unsigned = i64::from_ne_bytes(stat.ino().to_ne_bytes());
            for field in [stat.mtime(), stat.mtime_nsec(), stat.ctime(), stat.ctime_nsec(), unsigned] {
                digester.update(&field.to_le_bytes());
            }
        }
        digester.finish()
    }
}

impl LockedStore {
    /// Keeps the results of a suite in brief, once the times of the store's folders tell.
    pub fn write_catalogue<T: Serialize>(
        &self,
        suite: &str,
        results: Vec<(Digest, T)>,
    ) -> Result<(), StoreError> {
        let name = catalogue_name(suite);
        if !wait_until_settled(&self.shards()) {
            // A file system whose times are too coarse to tell.
            return self.remove_stat(&name);
        }
        self.write_stat(&name, &encode(&Catalogue { shards: self.shards_now(), results }))
    }
}

fn catalogue_name(suite: &str) -> String {
    format!("catalogue-{}", flat(suite))
}
