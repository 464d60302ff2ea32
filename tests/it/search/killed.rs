//! A process that follows the store is killed at any moment, over and over: the next one goes on.
//!
//! The process is this test binary itself, given a role by its environment.

use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use overheard::search::{self, Words};
use overheard::store::SledStore;

use super::{catch_up, fill, kept, query};
use crate::store::kill::{FOLDER, ROLE, variable};
use crate::store::sample::Chance;

const TEST: &str = "search::killed::an_index_that_was_cut_short_at_any_moment_goes_on";

const LIVES: u64 = 12;
const POSTS: u64 = 1_500;

#[test]
fn an_index_that_was_cut_short_at_any_moment_goes_on() {
    if let Some(role) = variable(ROLE) {
        return follow(&role);
    }
    let mut chance = Chance::new("killed while it follows");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SledStore::open(&path).unwrap();
    fill(&store, POSTS, &mut chance);
    let kept = kept(&store);
    store.close().unwrap();
    for life in 0..LIVES {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env(ROLE, ["catch up", "rebuild"][(life % 2) as usize])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pages = 1 + chance.below(8);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if line.unwrap() == "page" {
                pages -= 1;
            }
            if pages == 0 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let store = SledStore::open(&path).unwrap();
    let index = folder.path().join("words");
    let followed = catch_up(&index, &store);
    assert_eq!(followed.posts, POSTS);
    let words = Words::open(&index).unwrap();
    let cloud = kept.iter().filter(|(post, _)| post.full_text().contains("cloud")).count();
    assert_eq!(words.count(&query("cloud")).unwrap(), cloud as u64);
    assert_eq!(words.verify().unwrap(), Vec::<String>::new());
}

/// Follows, and says so after every page, until it is killed; some commits lie between.
fn follow(role: &str) {
    let folder = PathBuf::from(variable(FOLDER).unwrap());
    let store = SledStore::open(&folder.join("store")).unwrap();
    let index = folder.join("words");
    for turn in 0.. {
        let mut pages = 0;
        let mut watch = |_| {
            println!("page");
            pages += 1;
            if turn < 3 && pages == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        match role {
            "rebuild" => search::rebuild(&index, &store, &mut watch),
            _ => search::catch_up(&index, &store, &mut watch),
        }
        .unwrap();
        println!("page");
    }
}
