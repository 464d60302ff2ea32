//! A damaged store is an error or a finding, never the end of the process, and never a wrong answer.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use overheard::digest::{Digest, Window};
use overheard::post::Post;
use overheard::store::{Judged, SledStore, Store, StoreError};

use super::sample::{Chance, digest, judged, noise, post, rules};

const POSTS: usize = 300;
const DAMAGES: u64 = 60;

#[test]
fn damage_is_found_or_harms_nothing() {
    let mut chance = Chance::new("damaged at random places");
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let truth = fill(&whole);
    let (mut refused, mut found, mut harmless) = (0, 0, 0);
    for round in 0..DAMAGES {
        let copy = folder.path().join(format!("copy {round}"));
        copy_folder(&whole, &copy);
        let what = damage(&copy, &mut chance);
        match examine(&copy) {
            Err(error) => {
                let told = error.to_string();
                let plain = matches!(
                    error,
                    StoreError::Damaged { .. }
                        | StoreError::NotAStore { .. }
                        | StoreError::Io { .. }
                );
                assert!(plain, "{what}: {told}");
                refused += 1;
            }
            Ok((problems, _)) if !problems.is_empty() => found += 1,
            Ok((_, everything)) => {
                assert!(everything == truth, "{what}: it reads otherwise, and nobody noticed");
                harmless += 1;
            }
        }
        fs::remove_dir_all(&copy).unwrap();
    }
    println!("{refused} refused, {found} found, {harmless} harmless");
    assert!(refused + found > 0);
}

#[test]
fn a_cut_tail_is_noticed_though_sled_takes_it_for_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let truth = fill(&whole);
    let mut noticed = Vec::new();
    for cut_bytes in [1, 5_000, 50_000, 200_000] {
        let copy = folder.path().join(cut_bytes.to_string());
        copy_folder(&whole, &copy);
        let data = copy.join("months/2026-03/sled/db");
        let length = fs::metadata(&data).unwrap().len();
        fs::File::options().write(true).open(&data).unwrap().set_len(length - cut_bytes).unwrap();
        match examine(&copy) {
            // The tail of the file may be padding.
            Ok((problems, everything)) if problems.is_empty() => assert!(everything == truth),
            Ok((problems, _)) => noticed.push(problems.join("; ")),
            Err(error) => noticed.push(error.to_string()),
        }
    }
    assert!(noticed.iter().any(|told| told.contains("batches are missing")), "{noticed:?}");
}

#[test]
fn a_snapshot_that_sled_had_only_begun_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let truth = fill(&whole);
    // As a full disk or a kill leaves it: newer by its name than all that are whole.
    for (database, words) in [("desk", ""), ("months/2026-03", "half of it")] {
        let begun = whole.join(database).join("sled/snap.FFFFFFFFFFFFFFFF.generating");
        fs::write(begun, words).unwrap();
    }
    let (problems, everything) = examine(&whole).unwrap();
    assert_eq!(problems, Vec::<String>::new());
    assert!(everything == truth);
}

type Everything = (Vec<Post>, Vec<Option<Judged>>, Vec<Option<Digest>>);

fn fill(path: &Path) -> Everything {
    let store = SledStore::open(path).unwrap();
    let by = rules("model", "rules");
    let said = |n: usize| {
        let length = if n % 20 == 3 { 30_000 } else { 600 };
        post(&n.to_string(), "2026-03-01T08:00:00Z", &noise(n as u64, length))
    };
    let posts: Vec<Post> = (0..POSTS).map(said).collect();
    for batch in posts.chunks(25) {
        store.keep(batch).unwrap();
        let verdicts: Vec<Judged> = batch.iter().map(|post| judged(post.id, &by, "a")).collect();
        store.judge(&verdicts).unwrap();
        let told = [batch[0].id, batch[1].id, batch[2].id, batch[3].id];
        store.claim(&digest(&batch[0].said.key, "2026-03-02", told, 3)).unwrap();
    }
    let everything = read(&store).unwrap();
    store.close().unwrap();
    everything
}

/// What verifying finds, and all that can be read.
fn examine(path: &Path) -> Result<(Vec<String>, Everything), StoreError> {
    let store = SledStore::open(path)?;
    let problems = store.verify()?;
    let everything = read(&store);
    if problems.is_empty() {
        Ok((problems, everything?))
    } else {
        Ok((problems, Everything::default()))
    }
}

fn read(store: &dyn Store) -> Result<Everything, StoreError> {
    let posts = store.said_in(Window { from: Timestamp::MIN, until: Timestamp::MAX })?;
    let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
    let verdicts = store.judged_many(&ids)?;
    let digests = store
        .claims()?
        .iter()
        .map(|(reader, date)| store.digest(reader, *date))
        .collect::<Result<_, _>>()?;
    Ok((posts, verdicts, digests))
}

/// Damages one of the files of a database; says how.
fn damage(store: &Path, chance: &mut Chance) -> String {
    let folder = store.join(["desk", "months/2026-03", "months/2026-03"][chance.below(3) as usize]);
    let files: Vec<PathBuf> = [folder.clone(), folder.join("sled")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    let data = folder.join("sled/db");
    let path = match chance.below(5) {
        0 => files[usize::try_from(chance.below(files.len() as u64)).unwrap()].clone(),
        _ => data,
    };
    let mut bytes = fs::read(&path).unwrap();
    let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
    let what = match chance.below(3) {
        0 => {
            for byte in bytes.iter_mut().skip(at).take(8) {
                *byte ^= 1 << chance.below(8);
            }
            "flipped at"
        }
        1 => {
            bytes.iter_mut().skip(at).take(4096).for_each(|byte| *byte = 0);
            "zeroed from"
        }
        _ => {
            bytes.truncate(at);
            "cut at"
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("{} {what} {at}", path.display())
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}
