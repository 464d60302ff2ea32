//! redb and SQLite with the same rows: the post packed as ours is, found by its id, by when it was said,
//! by its source, and among those that wait.

use std::path::Path;

use jiff::Timestamp;
use overheard::post::Post;
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use rusqlite::{Connection, params};

fn packed(post: &Post) -> anyhow::Result<Vec<u8>> {
    Ok(zstd::bulk::compress(&rmp_serde::to_vec_named(post)?, 3)?)
}

fn unpacked(bytes: &[u8]) -> anyhow::Result<Post> {
    Ok(rmp_serde::from_slice(&zstd::bulk::decompress(bytes, 64 << 20)?)?)
}

fn said(post: &Post) -> Vec<u8> {
    said_at(post.when()).to_vec()
}

fn said_at(moment: Timestamp) -> [u8; 16] {
    (moment.as_nanosecond() as u128 ^ 1 << 127).to_be_bytes()
}

const KEPT: TableDefinition<u64, &[u8]> = TableDefinition::new("kept");
const IDS: TableDefinition<&[u8], u64> = TableDefinition::new("ids");
const SAID: TableDefinition<&[u8], ()> = TableDefinition::new("said");
const FROM: TableDefinition<&[u8], ()> = TableDefinition::new("from");
const WAITS: TableDefinition<&[u8], ()> = TableDefinition::new("waits");

pub struct Redb {
    database: Database,
    next: u64,
}

impl Redb {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        // As much cache as ours has.
        let database =
            Database::builder().set_cache_size(120 << 20).create(folder.join("redb"))?;
        Ok(Self { database, next: 0 })
    }
}

impl super::Engine for Redb {
    fn keep(&mut self, posts: &[Post]) -> anyhow::Result<()> {
        let mut write = self.database.begin_write()?;
        write.set_durability(Durability::Immediate)?;
        {
            let (mut kept, mut ids) = (write.open_table(KEPT)?, write.open_table(IDS)?);
            let (mut by_said, mut by_source) = (write.open_table(SAID)?, write.open_table(FROM)?);
            let mut waits = write.open_table(WAITS)?;
            for post in posts {
                if ids.get(post.id.as_bytes().as_slice())?.is_some() {
                    continue;
                }
                let number = self.next;
                self.next += 1;
                let (when, end) = (said(post), number.to_be_bytes());
                kept.insert(number, packed(post)?.as_slice())?;
                ids.insert(post.id.as_bytes().as_slice(), number)?;
                by_said.insert([&when[..], &end].concat().as_slice(), ())?;
                let source = [post.source.as_str().as_bytes(), &[0, 0], &when, &end].concat();
                by_source.insert(source.as_slice(), ())?;
                waits.insert([&[0; 4][..], &end].concat().as_slice(), ())?;
            }
        }
        Ok(write.commit()?)
    }

    fn said_in(&mut self, from: Timestamp, until: Timestamp) -> anyhow::Result<u64> {
        let read = self.database.begin_read()?;
        let Ok(by_said) = read.open_table(SAID) else { return Ok(0) };
        let kept = read.open_table(KEPT)?;
        let (from, until) = (said_at(from), said_at(until));
        let mut found = 0;
        for row in by_said.range(from.as_slice()..until.as_slice())? {
            let (key, _) = row?;
            let number = key.value().last_chunk().map_or(0, |end| u64::from_be_bytes(*end));
            if let Some(bytes) = kept.get(number)? {
                unpacked(bytes.value())?;
                found += 1;
            }
        }
        Ok(found)
    }

    fn compact(&mut self) -> anyhow::Result<bool> {
        Ok(self.database.compact().map(|_| true)?)
    }

    fn close(self: Box<Self>) -> anyhow::Result<()> {
        Ok(())
    }
}

pub struct Sqlite(Connection);

impl Sqlite {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(folder.join("sqlite"))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -120000;
             CREATE TABLE IF NOT EXISTS kept (number INTEGER PRIMARY KEY, post BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS said (at BLOB, number INTEGER, PRIMARY KEY (at, number)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS source (source TEXT, at BLOB, number INTEGER,
                 PRIMARY KEY (source, at, number)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS waits (stamp INTEGER, number INTEGER,
                 PRIMARY KEY (stamp, number)) WITHOUT ROWID;",
        )?;
        Ok(Self(connection))
    }
}

impl super::Engine for Sqlite {
    fn keep(&mut self, posts: &[Post]) -> anyhow::Result<()> {
        let write = self.0.transaction()?;
        {
            let mut known = write.prepare_cached("SELECT 1 FROM ids WHERE id = ?1")?;
            let mut kept = write.prepare_cached("INSERT INTO kept (post) VALUES (?1)")?;
            let mut ids = write.prepare_cached("INSERT INTO ids VALUES (?1, ?2)")?;
            let mut by_said = write.prepare_cached("INSERT INTO said VALUES (?1, ?2)")?;
            let mut by_source = write.prepare_cached("INSERT INTO source VALUES (?1, ?2, ?3)")?;
            let mut waits = write.prepare_cached("INSERT INTO waits VALUES (0, ?1)")?;
            for post in posts {
                if known.exists([post.id.as_bytes()])? {
                    continue;
                }
                kept.execute([packed(post)?])?;
                let number = write.last_insert_rowid();
                ids.execute(params![post.id.as_bytes(), number])?;
                by_said.execute(params![said(post), number])?;
                by_source.execute(params![post.source.as_str(), said(post), number])?;
                waits.execute([number])?;
            }
        }
        Ok(write.commit()?)
    }

    fn said_in(&mut self, from: Timestamp, until: Timestamp) -> anyhow::Result<u64> {
        let mut posts = self.0.prepare_cached(
            "SELECT kept.post FROM said JOIN kept USING (number) WHERE at >= ?1 AND at < ?2 ORDER BY at",
        )?;
        let mut rows = posts.query(params![said_at(from), said_at(until)])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            unpacked(row.get_ref(0)?.as_blob()?)?;
            found += 1;
        }
        Ok(found)
    }

    fn compact(&mut self) -> anyhow::Result<bool> {
        self.0.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;")?;
        Ok(true)
    }

    fn close(self: Box<Self>) -> anyhow::Result<()> {
        self.0.close().map_err(|(_, error)| error.into())
    }
}
