//! A damaged index is an error with a remedy, a finding, or is built anew: never the end of the process.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use overheard::search::{self, Sort, Words, WordsError};
use overheard::store::SledStore;

use super::{catch_up, fill, query};
use crate::store::sample::Chance;

const DAMAGES: u64 = 60;
const POSTS: u64 = 400;

#[test]
fn damage_is_noticed_or_harms_nothing_and_goes_when_it_is_built_anew() {
    let mut chance = Chance::new("damaged at random places");
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    fill(&store, POSTS, &mut chance);
    let whole = folder.path().join("whole");
    catch_up(&whole, &store);
    let truth = ask(&whole).unwrap();
    let (mut refused, mut found, mut anew) = (0, 0, 0);
    for round in 0..DAMAGES {
        let copy = folder.path().join(format!("copy {round}"));
        copy_folder(&whole, &copy);
        let what = damage(&copy, &mut chance);
        let is_whole = match ask(&copy) {
            Err(error) => {
                assert!(
                    matches!(
                        error,
                        WordsError::Damaged { .. }
                            | WordsError::Missing { .. }
                            | WordsError::Io { .. }
                    ),
                    "{what}: {error}"
                );
                refused += 1;
                false
            }
            // An answer that is not right is only to be had where the files do not fit their checksums.
            Ok(answers) => {
                let problems =
                    Words::open(&copy).and_then(|words| words.verify()).unwrap_or(vec!["".into()]);
                assert!(answers == truth || !problems.is_empty(), "{what}");
                found += u64::from(!problems.is_empty());
                problems.is_empty()
            }
        };
        // Whatever it is, following along does not end the process; and building anew always helps.
        if let Ok(followed) = search::catch_up(&copy, &store, &mut |_| ControlFlow::Continue(())) {
            anew += u64::from(followed.anew.is_some());
            if followed.anew.is_some() || is_whole {
                assert_eq!(ask(&copy).unwrap(), truth, "{what}");
            }
        }
        search::rebuild(&copy, &store, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(ask(&copy).unwrap(), truth, "{what}");
        fs::remove_dir_all(&copy).unwrap();
    }
    println!("{refused} refused, {found} found by verify, {anew} begun anew by themselves");
    assert!(refused > 0 && found > 0 && anew > 0);
}

/// Answers of every sort, in an order of their own.
fn ask(folder: &Path) -> Result<Vec<Vec<String>>, WordsError> {
    let words = Words::open(folder)?;
    [
        "cloud",
        "\"cloud cost\"",
        "re*",
        "voice:press -cost",
        "author:ada since:30d",
        "topic:cloud-cost",
    ]
    .iter()
    .flat_map(|text| [Sort::Best, Sort::Newest].map(|sort| (text, sort)))
    .map(|(text, sort)| {
        let found = words.ids(&query(text), sort, 1_000)?;
        let mut ids: Vec<String> = found.iter().map(|found| found.id.to_string()).collect();
        ids.sort();
        Ok(ids)
    })
    .collect()
}

fn damage(folder: &Path, chance: &mut Chance) -> String {
    let files = files(folder);
    let file = &files[chance.below(files.len() as u64) as usize];
    let mut bytes = fs::read(file).unwrap();
    let what = match chance.below(4) {
        0 => {
            fs::remove_file(file).unwrap();
            "missing"
        }
        1 => {
            bytes.truncate(chance.below(bytes.len() as u64 + 1) as usize);
            fs::write(file, &bytes).unwrap();
            "cut"
        }
        _ => {
            for _ in 0..=chance.below(4) {
                if !bytes.is_empty() {
                    let place = chance.below(bytes.len() as u64) as usize;
                    bytes[place] ^= 1 << chance.below(8);
                }
            }
            fs::write(file, &bytes).unwrap();
            "flipped"
        }
    };
    format!("{what}: {}", file.display())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.file_name().is_some_and(|name| !name.to_string_lossy().contains("lock")) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
