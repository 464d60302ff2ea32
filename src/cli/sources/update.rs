//! What a list brings, as one change to the files of the folder.

use std::path::Path;

use anyhow::{anyhow, bail};
use toml::Value;

use super::folder::Folder;
use crate::config::differences::Differing;
use crate::config::edit::{Edit, edited};
use crate::config::entry::Entry;
use crate::config::folder::{Change, Last};
use crate::text::count::count;

/// The change that writes new entries behind what `file` holds, and what a list says otherwise into
/// the entries it is about; none where there is nothing to change.
pub(super) fn taken_in(
    folder: &Folder,
    file: &str,
    entries: &[Entry],
    updates: &[Differing],
) -> anyhow::Result<Option<Last>> {
    let mut changes = Vec::new();
    let mut found = 0;
    for (path, text) in folder.of_entries() {
        let mut after = text.clone();
        for Differing { id, changes } in updates {
            let mut is_here = false;
            for (key, value) in changes {
                let edit = edit(key, value.as_ref());
                let edited = match edit {
                    Some(edit) => edited(&after, id, edit),
                    None => bail!("{id}: the list has another kind: change it by hand"),
                };
                let edited = edited.map_err(|why| anyhow!("{}: {why}", path.display()))?;
                let Some(edited) = edited else { break };
                (after, is_here) = (edited, true);
            }
            found += usize::from(is_here);
        }
        if after != *text {
            let own = path.strip_prefix(&folder.path).unwrap_or(path).to_owned();
            let before = Some(text.clone());
            changes.push(Change { file: own, before, after: Some(after), what: String::new() });
        }
    }
    if found < updates.len() {
        bail!("an entry that the list changes was not found in its file: edit it by hand");
    }
    let mut what = Vec::new();
    if !entries.is_empty() {
        what.push(format!("added {}", count(entries.len(), "source", "sources")));
        let adding = folder.adding(file, entries, String::new());
        match changes.iter_mut().find(|change| change.file == Path::new(file)) {
            Some(change) => {
                let text = change.after.as_deref().unwrap_or_default();
                change.after = Some(crate::config::entry::appended(text, entries));
            }
            None => changes.push(adding),
        }
    }
    if !updates.is_empty() {
        what.push(format!("changed {}", count(updates.len(), "entry", "entries")));
    }
    Ok(Last::of(changes, &what.join(" and ")))
}

/// How a key comes to hold what a list has; none where that is not ours to change.
fn edit<'a>(key: &'a str, value: Option<&'a Value>) -> Option<Edit<'a>> {
    match (key, value) {
        ("kind", _) => None,
        ("paused", Some(_)) => Some(Edit::Pause),
        ("paused", None) => Some(Edit::Resume),
        (key, value) => Some(Edit::Set(key, value)),
    }
}
