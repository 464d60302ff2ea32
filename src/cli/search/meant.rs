//! What somebody meant who wrote a part of a query as an option, or a query that begins like one.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::search::query::FIELDS;

/// The command whose arguments these are.
const COMMAND: &str = "search";

/// What to write instead, where these arguments of a search were not understood.
pub(in crate::cli) fn meant(
    error: &Error,
    arguments: impl Iterator<Item = String>,
) -> Option<String> {
    let mut arguments = arguments.skip_while(|argument| argument != COMMAND);
    arguments.next()?;
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let arguments: Vec<String> = arguments.collect();
    let (name, given) = unknown.split_once('=').unwrap_or((unknown, ""));
    if let Some(field) = name.strip_prefix("--") {
        let (field, _) = FIELDS.iter().find(|(known, _)| *known == field)?;
        let place = arguments.iter().position(|argument| argument.starts_with(name))?;
        let after = if given.is_empty() { arguments.get(place + 1) } else { None };
        let value = arguments[place].split_once('=').map(|(_, value)| value.to_owned());
        let value = value.or_else(|| after.cloned()).unwrap_or_else(|| "…".to_owned());
        let value =
            if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value };
        let before: Vec<&str> = arguments[..place].iter().map(String::as_str).collect();
        let blank = if before.is_empty() { "" } else { " " };
        return Some(format!(
            "`{field}:` is a part of the query, no option: overheard search '{}{blank}{field}:{value}'",
            before.join(" ")
        ));
    }
    // clap names the letter of it that is no option.
    let letter = name.strip_prefix('-').filter(|letter| letter.chars().count() == 1)?;
    let is_word = |argument: &&String| {
        argument.starts_with('-') && !argument.starts_with("--") && argument.contains(letter)
    };
    let word = arguments.iter().find(is_word)?;
    Some(format!(
        "A query that begins with what is not wanted goes behind `--`: overheard search -- '{word}'. With a \
         word that is, quotes are enough: overheard search 'pricing {word}'"
    ))
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;

    fn told(arguments: &[&str]) -> Option<String> {
        let search = Command::new(COMMAND)
            .arg(Arg::new("query").num_args(0..))
            .arg(Arg::new("verbose").short('v').action(clap::ArgAction::SetTrue));
        let cli = Command::new("overheard").subcommand(search);
        let arguments = || arguments.iter().map(|argument| (*argument).to_owned());
        let all = std::iter::once("overheard".to_owned()).chain(arguments());
        let error = cli.try_get_matches_from(all).unwrap_err();
        meant(&error, arguments())
    }

    #[test]
    fn a_field_written_as_an_option_goes_into_the_query() {
        for arguments in
            [["search", "egress", "--since", "14d"], ["search", "egress", "--since=14d", ""]]
        {
            let told = told(&arguments).unwrap();
            assert!(told.ends_with("overheard search 'egress since:14d'"), "{told}");
        }
        let told = told(&["search", "--topic", "Cloud cost"]).unwrap();
        assert!(told.ends_with("overheard search 'topic:\"Cloud cost\"'"), "{told}");
    }

    #[test]
    fn a_word_that_is_not_wanted_is_told_from_an_option() {
        for word in ["-egress", "-vendor"] {
            let told = told(&["search", word]).unwrap();
            assert!(told.contains(&format!("overheard search -- '{word}'")), "{told}");
        }
    }

    #[test]
    fn other_mistakes_are_left_to_say_themselves() {
        assert_eq!(told(&["search", "--sinse", "14d"]), None);
        assert_eq!(told(&["serch", "--since"]), None);
    }
}
