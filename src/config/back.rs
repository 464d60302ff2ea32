//! A change to a file taken back, though somebody has gone on writing in the file meanwhile: what a
//! command changes are entries, and an entry that nobody else touched is found wherever it stands.

use std::collections::HashMap;
use std::ops::Range;

use super::edit::{blocks, without};
use super::folder::Change;

/// A change that cannot be taken back, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// The file is not there any more.
    Gone,
    /// These entries were changed since, or the file cannot be read.
    Changed {
        /// Their ids.
        ids: Vec<String>,
        /// How they stood before the change.
        before: String,
    },
}

/// The change that takes `change` back in a file that holds `current`.
pub(super) fn back(change: &Change, current: Option<&str>) -> Result<Change, Lost> {
    let made = |after: Option<String>| Change {
        before: current.map(str::to_owned),
        after,
        ..change.clone()
    };
    if current == change.after.as_deref() {
        return Ok(made(change.before.clone()));
    }
    let Some(current) = current else { return Err(Lost::Gone) };
    let texts = (change.before.as_deref(), change.after.as_deref());
    let (before, after) = (texts.0.unwrap_or_default(), texts.1.unwrap_or_default());
    if current == before {
        return Ok(made(Some(current.to_owned())));
    }
    entries_back(before, after, current).map(|text| made(Some(text)))
}

/// Brings every entry that differs between `before` and `after` back to how it was before, in a text
/// that has it as it was afterwards.
fn entries_back(before: &str, after: &str, current: &str) -> Result<String, Lost> {
    let unreadable = || Lost::Changed { ids: Vec::new(), before: before.to_owned() };
    let of = |text: &str| blocks(text).map_err(|_| unreadable());
    let (old, new) = (of(before)?, of(after)?);
    let (was, is) = (by_id(before, &old), by_id(after, &new));
    let mut text = current.to_owned();
    let mut lost: Vec<&str> = Vec::new();
    let mut found = false;
    let all = new.iter().chain(old.iter().filter(|(id, _)| !is.contains_key(id.as_str())));
    for (id, _) in all {
        let (was, is) = (was.get(id.as_str()), is.get(id.as_str()));
        if was == is {
            continue;
        }
        found = true;
        let here = of(&text)?;
        let place = here.iter().find(|(own, _)| own == id).map(|(_, place)| place.clone());
        let stands = place.as_ref().map(|place| text[place.clone()].trim_end());
        if stands == was.copied() {
            continue;
        }
        if stands != is.copied() {
            lost.push(id);
            continue;
        }
        text = match (was, place) {
            (Some(was), Some(place)) => {
                let end = place.start + text[place.clone()].trim_end().len();
                format!("{}{was}{}", &text[..place.start], &text[end..])
            }
            (Some(was), None) => with(&text, was, place_for(id, &old, &here)),
            (None, Some(place)) => without(&text, &place),
            (None, None) => text,
        };
    }
    if lost.is_empty() && found {
        return Ok(text);
    }
    let stood: Vec<&str> = lost.iter().filter_map(|id| was.get(id).copied()).collect();
    Err(Lost::Changed {
        ids: lost.iter().map(|id| (*id).to_owned()).collect(),
        before: stood.join("\n\n"),
    })
}

fn by_id<'t>(text: &'t str, blocks: &'t [(String, Range<usize>)]) -> HashMap<&'t str, &'t str> {
    blocks.iter().map(|(id, place)| (id.as_str(), text[place.clone()].trim_end())).collect()
}

/// Where an entry goes that stood among `old`: before the next of its old neighbours that is still
/// there, else behind everything.
fn place_for(
    id: &str,
    old: &[(String, Range<usize>)],
    here: &[(String, Range<usize>)],
) -> Option<usize> {
    let mut later = old.iter().skip_while(|(own, _)| own != id).skip(1);
    let is_here = |(id, _): &(String, Range<usize>)| {
        here.iter().find(|(own, _)| own == id).map(|(_, place)| place.start)
    };
    later.find_map(is_here)
}

/// The text with an entry at a place, or at its end.
fn with(text: &str, entry: &str, place: Option<usize>) -> String {
    match place {
        Some(place) => format!("{}{entry}\n\n{}", &text[..place], &text[place..]),
        None if text.trim().is_empty() => format!("{entry}\n"),
        None => format!("{}\n\n{entry}\n", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Ours.\n\n# The best.\n[[source]]\nid = \"a\"\n\n[[source]]\nid = \"b\"\n\n[[source]]\nid = \"c\"\n";

    fn undone(
        before: Option<&str>,
        after: Option<&str>,
        current: Option<&str>,
    ) -> Result<Option<String>, Lost> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let change = Change {
            file: "a.toml".into(),
            before: text(before),
            after: text(after),
            what: "changed it".to_owned(),
        };
        back(&change, current).map(|change| change.after)
    }

    fn edited(text: &str, of: &str, to: &str) -> String {
        assert!(text.contains(of), "{of}");
        text.replace(of, to)
    }

    #[test]
    fn what_was_removed_comes_back_to_its_place_though_the_file_went_on() {
        let removed = edited(FILE, "# The best.\n[[source]]\nid = \"a\"\n\n", "");
        let theirs =
            edited(&removed, "id = \"b\"\n", "id = \"b\" # mine\n") + "\n[[source]]\nid = \"d\"\n";
        let expected =
            edited(FILE, "id = \"b\"\n", "id = \"b\" # mine\n") + "\n[[source]]\nid = \"d\"\n";
        assert_eq!(undone(Some(FILE), Some(&removed), Some(&theirs)), Ok(Some(expected)));
        // Its neighbours are gone: it comes last.
        let only = "[[source]]\nid = \"d\"\n";
        let expected = format!("{only}\n# The best.\n[[source]]\nid = \"a\"\n");
        assert_eq!(undone(Some(FILE), Some(&removed), Some(only)), Ok(Some(expected)));
    }

    #[test]
    fn what_was_added_or_changed_goes_back_and_what_others_wrote_stays() {
        let paused = edited(FILE, "id = \"b\"\n", "id = \"b\"\npaused = true\n");
        let theirs = edited(&paused, "# Ours.", "# Ours, all.");
        assert_eq!(
            undone(Some(FILE), Some(&paused), Some(&theirs)),
            Ok(Some(edited(FILE, "# Ours.", "# Ours, all.")))
        );
        let theirs = format!("{FILE}\n# A word.\n[[source]]\nid = \"z\"\n");
        assert_eq!(
            undone(None, Some(FILE), Some(&theirs)),
            Ok(Some("# Ours.\n\n# A word.\n[[source]]\nid = \"z\"\n".to_owned()))
        );
    }

    #[test]
    fn what_was_touched_itself_is_left_alone_and_said() {
        let paused = edited(FILE, "id = \"b\"\n", "id = \"b\"\npaused = true\n");
        let theirs = edited(&paused, "paused = true", "paused = true # until May");
        let lost = Lost::Changed {
            ids: vec!["b".to_owned()],
            before: "[[source]]\nid = \"b\"".to_owned(),
        };
        assert_eq!(undone(Some(FILE), Some(&paused), Some(&theirs)), Err(lost));
        assert_eq!(undone(Some(FILE), Some(&paused), None), Err(Lost::Gone));
        assert!(undone(Some(FILE), Some(&paused), Some("[[")).is_err());
    }
}
