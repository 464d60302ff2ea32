//! One `[[channel]]`.

use std::path::{Path, PathBuf};

use url::Url;

use super::fields::Fields;
use crate::channel::{Channel, ChannelKind, FOLDER, Kept, MAIL};

/// Parses a channel of this file; none where anything is wrong with it.
pub(super) fn parse(fields: &mut Fields<'_>, file: &Path) -> Option<Channel> {
    let id = id(fields);
    if !fields.has("kind") {
        fields.missing("kind", "it is one of slack, teams, webhook");
    }
    let kind = fields.one_of("kind", &ChannelKind::ALL);
    let near = file.parent().unwrap_or(Path::new(""));
    let url = url(fields, kind, near);
    let secret = kept(fields, near, ["secret_file", "secret_env"]);
    if kind == Some(ChannelKind::Webhook) && secret.is_none() {
        fields.missing("secret_file", "name a file with the secret that messages are signed with");
    }
    Some(Channel { id: id?, kind: kind?, url: url?, secret })
}

fn id(fields: &mut Fields<'_>) -> Option<String> {
    let id = fields.needed("id", "give it a short name, like \"slack-sales\"")?;
    let fits = id.len() <= 64
        && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'));
    if !fits {
        let what =
            format!("{id:?} cannot be a channel's id; use 1 to 64 of a-z, 0-9, '-', '_', '.'");
        fields.wrong("id", &what);
        return None;
    }
    if [MAIL, FOLDER].contains(&id.as_str()) {
        fields.wrong(
            "id",
            &format!("{id:?} is there without being written; name this one otherwise"),
        );
        return None;
    }
    Some(id)
}

/// Where it is. Whoever knows the URL of a chat's webhook can write there: it is a secret itself.
fn url(fields: &mut Fields<'_>, kind: Option<ChannelKind>, near: &Path) -> Option<Kept> {
    let elsewhere = kept(fields, near, ["url_file", "url_env"]);
    let Some(text) = fields.text("url") else {
        if elsewhere.is_none() && !fields.has("url") {
            fields.missing("url_file", "name a file that holds the webhook's URL");
        }
        return elsewhere;
    };
    if matches!(kind, Some(ChannelKind::Slack | ChannelKind::Teams)) {
        fields.wrong(
            "url",
            "whoever knows this URL can write there: put it into a file that only we can read \
             (chmod 600), and write url_file = \"…\"",
        );
        return None;
    }
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Some(Kept::Here(url))
        }
        _ => {
            fields.wrong("url", "is no URL; write https://…");
            None
        }
    }
}

fn kept(fields: &mut Fields<'_>, near: &Path, keys: [&'static str; 2]) -> Option<Kept> {
    let file = fields.text(keys[0]).map(|file| Kept::File(near.join(PathBuf::from(file))));
    let variable = fields.text(keys[1]).map(Kept::Environment);
    if file.is_some() && variable.is_some() {
        fields.wrong(keys[1], &format!("stands beside {}: write one of them", keys[0]));
    }
    file.or(variable)
}
