//! The index by meaning: it follows the store through anything, and finds what an exact scan finds.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use overheard::digest::Window;
use overheard::post::{Post, PostId};
use overheard::search::meaning::{Caught, Filter, Meaning, MeaningError};
use overheard::store::erase::{Erasing, Sign};
use overheard::store::{Judged, SledStore, Store};
use overheard::verdict::{Embedding, ModelId};

use super::store::sample::{Chance, judged, post, rules, source, time};

/// Numbers of an embedding: not a whole number of bytes of signs.
const WIDTH: usize = 60;

const ALWAYS: Window = Window { from: jiff::Timestamp::MIN, until: jiff::Timestamp::MAX };

fn embedding(seed: u64, width: usize) -> Embedding {
    let mut chance = Chance::from(seed);
    let numbers: Vec<f32> =
        (0..width).map(|_| chance.below(2_001) as f32 / 1_000.0 - 1.0).collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    Embedding(numbers.iter().map(|number| number / length).collect())
}

fn read(post: &Post, seed: u64, width: usize) -> Judged {
    let judged = judged(post.id, &rules("m", "one"), "fees");
    Judged { embedding: embedding(seed, width), ..judged }
}

fn model() -> ModelId {
    ModelId("m".to_owned())
}

fn caught_up(meaning: &mut Meaning, store: &SledStore) -> Caught {
    meaning.catch_up(store, &mut |_| {}).unwrap()
}

fn found(meaning: &Meaning, asked: &Embedding, filter: &Filter<'_>) -> Vec<(PostId, f32)> {
    let near = meaning.nearest(asked, &model(), filter, 10_000).unwrap();
    near.into_iter().map(|near| (near.post, near.likeness)).collect()
}

/// It finds every post that has an embedding, as near as that is, and no other.
#[track_caller]
fn agrees(meaning: &Meaning, store: &SledStore) {
    let asked = embedding(7, WIDTH);
    let ids: Vec<PostId> = store.kept_after(None, 10_000).unwrap().iter().map(|p| p.id).collect();
    let mut exact: BTreeMap<PostId, f32> = BTreeMap::new();
    for (id, judged) in ids.iter().zip(store.still_judged(&ids).unwrap()) {
        if let Some(judged) = judged.filter(|judged| !judged.embedding.0.is_empty()) {
            exact.insert(*id, asked.cosine(&judged.embedding));
        }
    }
    let near = found(meaning, &asked, &Filter::said_in(ALWAYS));
    assert_eq!(near.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>().len(), near.len());
    assert_eq!(near.len(), exact.len());
    assert_eq!(meaning.len(), exact.len());
    for (id, likeness) in &near {
        assert!((exact[id] - likeness).abs() < 0.01, "{} is not {likeness}", exact[id]);
    }
    assert!(near.is_sorted_by(|a, b| a.1 >= b.1));
}

fn files(folder: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // The lock holds nothing of posts.
    paths
        .filter(|path| path.extension().is_some())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn market(months: i64, posts: i64) -> (tempfile::TempDir, SledStore, Vec<Post>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let posts: Vec<Post> = (0..months * posts)
        .map(|n| post(&n.to_string(), &format!("2026-{:02}-11T08:00:00Z", n % months + 1), "So."))
        .collect();
    store.keep(&posts).unwrap();
    let judged: Vec<Judged> = (0..).zip(&posts).map(|(n, post)| read(post, n, WIDTH)).collect();
    store.judge(&judged).unwrap();
    (folder, store, posts)
}

#[test]
fn it_holds_what_the_store_holds_whatever_happens_and_whenever_it_is_opened() {
    let mut chance = Chance::new("meaning");
    let (folder, store, _) = market(3, 5);
    let place = folder.path().join("meaning");
    let mut meaning = Meaning::open(&place).unwrap();
    for turn in 0..120 {
        let number = chance.below(30);
        let said = format!("2026-{:02}-11T08:00:00Z", number % 3 + 1);
        let one = post(&number.to_string(), &said, &format!("Version {}.", chance.below(3)));
        match chance.below(8) {
            0..3 => {
                store.keep(&[one]).unwrap();
            }
            3..6 => store.judge(&[read(&one, chance.next(), WIDTH)]).unwrap(),
            6 => store.judge(&[read(&one, 1, 0)]).unwrap(),
            _ => {
                let (posts, signs) = ([one.id], [Sign::Post(one.id)]);
                let erasing = Erasing { posts: &posts, signs: &signs, digests: &[], sources: &[] };
                store.erase(&erasing, time("2026-06-01T00:00:00Z")).unwrap();
            }
        }
        if chance.below(4) == 0 {
            meaning = Meaning::open(&place).unwrap();
        }
        if chance.below(3) == 0 || turn == 119 {
            caught_up(&mut meaning, &store);
            agrees(&meaning, &store);
            assert_eq!(caught_up(&mut meaning, &store), Caught::default(), "nothing is read twice");
        }
    }
    let month = store.months().unwrap()[0].month;
    store.give_up(month).unwrap();
    caught_up(&mut meaning, &store);
    agrees(&meaning, &store);
    assert!(!files(&place).keys().any(|file| file.to_string_lossy().contains(&month.to_string())));
}

#[test]
fn who_opened_it_before_another_wrote_takes_up_what_that_wrote() {
    let (folder, store, posts) = market(2, 6);
    let place = folder.path().join("meaning");
    let mut early = Meaning::open(&place).unwrap();
    let mut late = Meaning::open(&place).unwrap();
    assert_eq!(caught_up(&mut early, &store).changes, 12);
    assert_eq!(caught_up(&mut late, &store), Caught::default());
    agrees(&late, &store);
    store.judge(&[read(&posts[0], 77, WIDTH)]).unwrap();
    assert_eq!(caught_up(&mut late, &store).changes, 1);
    assert_eq!(caught_up(&mut early, &store), Caught::default());
    agrees(&early, &store);
}

#[test]
fn a_batch_that_was_cut_anywhere_is_caught_up_with() {
    let mut chance = Chance::new("cut");
    let (folder, store, posts) = market(1, 40);
    let place = folder.path().join("meaning");
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    let before = files(&place);
    let again: Vec<Judged> =
        (100..).zip(posts.iter().step_by(2)).map(|(n, post)| read(post, n, WIDTH)).collect();
    store.judge(&again).unwrap();
    let more: Vec<Post> =
        (90..99).map(|n| post(&n.to_string(), "2026-01-12T08:00:00Z", "More.")).collect();
    store.keep(&more).unwrap();
    store.judge(&more.iter().map(|post| read(post, 5, WIDTH)).collect::<Vec<_>>()).unwrap();
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    let after = files(&place);
    for _ in 0..60 {
        // Of each file any stretch may have reached the disk; the page with the mark did not.
        for (path, old) in &before {
            let new = &after[path];
            let (from, length) =
                (chance.below(new.len() as u64) as usize, chance.below(20_000) as usize);
            let mut bytes = old.clone();
            bytes.resize(new.len().min(old.len().max(from + length)), 0);
            let until = bytes.len().min(from + length);
            if from < until {
                bytes[from..until].copy_from_slice(&new[from..until]);
            }
            if path.extension().unwrap() == "heads" {
                bytes[..4_096].copy_from_slice(&old[..4_096]);
            }
            fs::write(path, bytes).unwrap();
        }
        let mut meaning = Meaning::open(&place).unwrap();
        caught_up(&mut meaning, &store);
        mended(&mut meaning, &store);
        agrees(&meaning, &store);
    }
}

/// What who asks does where a month is found to be damaged.
fn mended(meaning: &mut Meaning, store: &SledStore) {
    let asked = embedding(7, WIDTH);
    let near = meaning.nearest(&asked, &model(), &Filter::said_in(ALWAYS), 10_000);
    if let Err(MeaningError::Damaged(month)) = near {
        meaning.forget(month).unwrap();
        caught_up(meaning, store);
    }
}

#[test]
fn damage_is_found_and_made_good_from_the_store() {
    let mut chance = Chance::new("damage");
    let (folder, store, _) = market(1, 30);
    let place = folder.path().join("meaning");
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    let whole = files(&place);
    for turn in 0..60 {
        for (path, bytes) in &whole {
            let mut bytes = bytes.clone();
            let at = chance.below(bytes.len() as u64) as usize;
            match turn % 4 {
                0 => bytes[at] ^= 1 << chance.below(8),
                1 => bytes.truncate(at),
                2 => {
                    let until = bytes.len().min(at + 300);
                    bytes[at..until].fill(0xaa);
                }
                _ if path.extension().unwrap() == "bodies" => {
                    fs::remove_file(path).unwrap();
                    continue;
                }
                _ => {}
            }
            fs::write(path, bytes).unwrap();
        }
        let mut meaning = Meaning::open(&place).unwrap();
        caught_up(&mut meaning, &store);
        mended(&mut meaning, &store);
        agrees(&meaning, &store);
    }
}

#[test]
fn a_file_of_another_version_is_made_anew() {
    let (folder, store, _) = market(1, 5);
    let place = folder.path().join("meaning");
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    let heads = place.join("2026-01.heads");
    let mut bytes = fs::read(&heads).unwrap();
    bytes[7] = b'9';
    fs::write(&heads, bytes).unwrap();
    let mut meaning = Meaning::open(&place).unwrap();
    assert!(meaning.is_empty());
    assert_eq!(caught_up(&mut meaning, &store).made_again, 1);
    agrees(&meaning, &store);
}

#[test]
fn no_byte_of_a_row_stays_when_its_post_has_none_any_more() {
    let (folder, store, posts) = market(1, 20);
    let place = folder.path().join("meaning");
    let mut meaning = Meaning::open(&place).unwrap();
    caught_up(&mut meaning, &store);
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    let gone = posts[3].id;
    let bodies = fs::read(place.join("2026-01.bodies")).unwrap();
    let at = bodies.windows(16).position(|window| window == gone.as_bytes()).unwrap();
    let numbers = bodies[at + 16..at + 16 + WIDTH].to_vec();
    // Its words change, and nobody has judged them yet.
    store.keep(&[post("3", "2026-01-11T08:00:00Z", "Other words.")]).unwrap();
    caught_up(&mut meaning, &store);
    for bytes in files(&place).values() {
        assert!(!has(bytes, gone.as_bytes()) && !has(bytes, &numbers));
    }
    agrees(&meaning, &store);
}

#[test]
fn filters_are_exact() {
    let (folder, store, posts) = market(3, 6);
    let mut other = post("press", "2026-02-20T08:00:00Z", "Elsewhere.");
    other.source = source("rival");
    store.keep(std::slice::from_ref(&other)).unwrap();
    let mut german = read(&other, 3, WIDTH);
    german.verdict.language.code = "de".to_owned();
    store.judge(&[german]).unwrap();
    let mut meaning = Meaning::open(&folder.path().join("meaning")).unwrap();
    caught_up(&mut meaning, &store);
    let asked = embedding(7, WIDTH);
    let all = Filter::said_in(ALWAYS);
    let count = |filter: &Filter<'_>| {
        let found = found(&meaning, &asked, filter).len();
        assert_eq!(found, meaning.count(filter, &model()));
        found
    };
    assert_eq!(count(&all), 19);
    let window = Window { from: time("2026-02-11T08:00:00Z"), until: time("2026-03-11T08:00:00Z") };
    assert_eq!(count(&Filter { window, ..all }), 7);
    let sources: HashSet<_> = [source("rival")].into();
    assert_eq!(count(&Filter { sources: Some(&sources), ..all }), 1);
    assert_eq!(count(&Filter { language: Some("de"), ..all }), 1);
    assert_eq!(count(&Filter { language: Some("e"), ..all }), 0);
    let some: HashSet<PostId> = posts.iter().take(4).map(|post| post.id).collect();
    let only = found(&meaning, &asked, &Filter { posts: Some(&some), ..all });
    assert_eq!(only.iter().map(|(id, _)| *id).collect::<HashSet<_>>(), some);
    let other_model = meaning.nearest(&asked, &ModelId("n".to_owned()), &all, 10).unwrap();
    assert_eq!(other_model, []);
    let first = meaning.first_said([&source("rival"), &source("nobody")], ALWAYS);
    assert_eq!(first.into_iter().collect::<Vec<_>>(), [(source("rival"), other.when())]);
}

#[test]
fn another_encoder_s_embeddings_take_the_place_of_those_before() {
    let (folder, store, posts) = market(1, 10);
    let mut meaning = Meaning::open(&folder.path().join("meaning")).unwrap();
    caught_up(&mut meaning, &store);
    let wider: Vec<Judged> = posts.iter().take(4).map(|post| read(post, 9, 2 * WIDTH)).collect();
    store.judge(&wider).unwrap();
    assert_eq!(caught_up(&mut meaning, &store).made_again, 1);
    assert_eq!(meaning.len(), 4);
    assert_eq!(found(&meaning, &embedding(7, WIDTH), &Filter::said_in(ALWAYS)), []);
    assert_eq!(found(&meaning, &embedding(7, 2 * WIDTH), &Filter::said_in(ALWAYS)).len(), 4);
    let rest: Vec<Judged> = posts.iter().skip(4).map(|post| read(post, 9, 2 * WIDTH)).collect();
    store.judge(&rest).unwrap();
    caught_up(&mut meaning, &store);
    assert_eq!(meaning.len(), 10);
}

/// Every file of a folder, in another one that was not there.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copied(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_store_that_was_put_back_to_an_earlier_day_is_read_again_where_the_index_is_ahead_of_it() {
    let (folder, store, posts) = market(2, 6);
    let place = folder.path().join("meaning");
    store.shut().unwrap();
    drop(store);
    let (there, before) = (folder.path().join("store"), folder.path().join("before"));
    copied(&there, &before);
    let store = SledStore::open(&there).unwrap();
    store.judge(&[read(&posts[0], 77, WIDTH), read(&posts[2], 78, WIDTH)]).unwrap();
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    store.shut().unwrap();
    drop(store);
    fs::remove_dir_all(&there).unwrap();
    copied(&before, &there);
    let store = SledStore::open(&there).unwrap();
    let mut meaning = Meaning::open(&place).unwrap();
    // Of the other month it knows no more than there is.
    assert_eq!(caught_up(&mut meaning, &store).made_again, 1);
    agrees(&meaning, &store);
}

#[test]
fn a_month_that_was_lost_and_came_again_is_read_again() {
    let (folder, store, posts) = market(2, 6);
    let place = folder.path().join("meaning");
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    let month = store.months().unwrap()[0].month;
    store.give_up(month).unwrap();
    // Before anybody looked it holds other posts, and as many changes.
    let again: Vec<Post> = posts.iter().step_by(2).take(2).cloned().collect();
    store.keep(&again).unwrap();
    for seed in 0..12 {
        let judged: Vec<Judged> = again.iter().map(|post| read(post, seed, WIDTH)).collect();
        store.judge(&judged).unwrap();
    }
    let mut meaning = Meaning::open(&place).unwrap();
    assert_eq!(caught_up(&mut meaning, &store).made_again, 1);
    agrees(&meaning, &store);
}

#[test]
fn who_breaks_off_keeps_what_was_read_and_the_next_goes_on_from_there() {
    let (folder, store, _) = market(3, 5);
    let place = folder.path().join("meaning");
    let mut meaning = Meaning::open(&place).unwrap();
    let broken_off = &mut |_| std::ops::ControlFlow::Break(());
    let caught = meaning.catch_up_while(&store, broken_off).unwrap();
    assert!(caught.broken_off && caught.changes == 5 && meaning.len() == 5, "{caught:?}");
    assert_eq!(caught_up(&mut Meaning::open(&place).unwrap(), &store).changes, 10);
    caught_up(&mut meaning, &store);
    agrees(&meaning, &store);
}

#[test]
fn what_a_writer_left_half_done_is_seen_by_who_opened_it_meanwhile() {
    let (folder, store, posts) = market(1, 8);
    let place = folder.path().join("meaning");
    let mut early = Meaning::open(&place).unwrap();
    caught_up(&mut early, &store);
    // A process that died while it wrote: its count is odd.
    let lock = place.join("lock");
    let count = u64::from_be_bytes(fs::read(&lock).unwrap().try_into().unwrap());
    fs::write(&lock, (count + 1).to_be_bytes()).unwrap();
    let mut late = Meaning::open(&place).unwrap();
    store.judge(&[read(&posts[0], 99, WIDTH)]).unwrap();
    caught_up(&mut Meaning::open(&place).unwrap(), &store);
    for meaning in [&mut early, &mut late] {
        assert_eq!(caught_up(meaning, &store), Caught::default());
        agrees(meaning, &store);
    }
    let count = u64::from_be_bytes(fs::read(&lock).unwrap().try_into().unwrap());
    assert_eq!(count % 2, 0);
}
