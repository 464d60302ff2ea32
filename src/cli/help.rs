//! Help that fits the terminal: what stands behind the options is written in lines as long as the source's, and
//! flows anew to whatever width there is.

use clap::Command;

/// The same command, and all below it, with the paragraphs behind their options each in one line, for clap to wrap.
pub(super) fn flowing(command: Command) -> Command {
    let help = command.get_after_help().map(|help| in_paragraphs(&help.to_string()));
    let command = match help {
        Some(help) => command.after_help(help),
        None => command,
    };
    let below: Vec<String> =
        command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    below.into_iter().fold(command, |command, name| command.mut_subcommand(name, flowing))
}

/// Joins the lines of each paragraph. What is indented, as examples are, and a heading stay lines of their own.
fn in_paragraphs(help: &str) -> String {
    let mut whole = String::with_capacity(help.len());
    let mut before = "";
    for line in help.lines() {
        let stands_alone = |line: &str| line.is_empty() || line.starts_with(' ');
        let goes_on = !stands_alone(before) && !stands_alone(line) && !before.ends_with(':');
        if !whole.is_empty() {
            whole.push(if goes_on { ' ' } else { '\n' });
        }
        whole.push_str(line);
        before = line;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_flow_and_examples_stay_as_they_are() {
        let help = "Examples:\n  overheard run\n  overheard run --json\n\nIt reads\nand judges.\n\nTwice\nover.";
        let flowing = "Examples:\n  overheard run\n  overheard run --json\n\nIt reads and judges.\n\nTwice over.";
        assert_eq!(in_paragraphs(help), flowing);
    }
}
