//! Our store.

use std::path::Path;

use jiff::Timestamp;
use overheard::digest::Window;
use overheard::post::Post;
use overheard::store::{Keeps, SledStore, Store as _};

pub struct Ours(SledStore);

impl Ours {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self(SledStore::open(&folder.join("store"))?))
    }
}

impl super::Engine for Ours {
    fn keep(&mut self, posts: &[Post]) -> anyhow::Result<()> {
        self.0.keep(posts)?;
        Ok(())
    }

    fn said_in(&mut self, from: Timestamp, until: Timestamp) -> anyhow::Result<u64> {
        Ok(self.0.said_in(Window { from, until })?.len() as u64)
    }

    fn compact(&mut self) -> anyhow::Result<bool> {
        for filed in self.0.months()? {
            let keeps = Keeps { rule: "all".into(), ..Keeps::default() };
            self.0.compact(filed.month, &keeps, Timestamp::UNIX_EPOCH)?;
        }
        Ok(true)
    }

    fn close(self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.0.close()?)
    }
}
