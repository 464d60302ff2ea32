//! Labels as a table: comma-separated values with the columns post, topic and label.

use super::csv::{self, Rows, UNCLOSED};
use crate::label::Answer;

/// Rows read of one table.
const MOST: usize = 50_000;

/// One row: what somebody says of a post and a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file.
    pub line: usize,
    /// The post: its id, the beginning of it, or its URL.
    pub post: String,
    /// The topic's name.
    pub topic: String,
    /// What is said.
    pub answer: Answer,
}

/// Reads a table of labels.
///
/// # Errors
/// Everything wrong with it, each in a sentence with its line.
pub fn read(body: &[u8]) -> Result<Vec<Row>, Vec<String>> {
    let text = csv::decoded(body);
    let Rows { rows, unclosed } = csv::rows(&text);
    if let Some(line) = unclosed {
        return Err(vec![format!("line {line}: {UNCLOSED}")]);
    }
    let Some(((_, header), rows)) = rows.split_first() else {
        return Err(vec!["it is empty: its first row names the columns post, topic, label".into()]);
    };
    let column = |name: &str| {
        header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name)).ok_or_else(|| {
            format!("line 1: there is no column “{name}”: the first row is post,topic,label")
        })
    };
    let (post, topic, label) = match (column("post"), column("topic"), column("label")) {
        (Ok(post), Ok(topic), Ok(label)) => (post, topic, label),
        (post, topic, label) => {
            return Err([post, topic, label].into_iter().filter_map(Result::err).collect());
        }
    };
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for (line, cells) in rows.iter().take(MOST) {
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.trim()).to_owned();
        let (post, topic, label) = (cell(post), cell(topic), cell(label));
        for (name, cell) in [("post", &post), ("topic", &topic)] {
            if cell.is_empty() {
                problems.push(format!("line {line}: it has no {name}"));
            }
        }
        match answer(&label) {
            Some(answer) => read.push(Row { line: *line, post, topic, answer }),
            None => problems
                .push(format!("line {line}: the label {label:?} is none: write “is” or “is not”")),
        }
    }
    if rows.len() > MOST {
        problems.push(format!("it has more than {MOST} rows: split it"));
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

/// What a label says, as people write it.
fn answer(label: &str) -> Option<Answer> {
    match label.to_lowercase().replace(['_', '-'], " ").as_str() {
        "is" | "yes" | "true" | "1" => Some(Answer::Is),
        "is not" | "isnot" | "isn't" | "not" | "no" | "false" | "0" => Some(Answer::IsNot),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_in_any_order_of_columns_and_as_people_write_labels() {
        let rows =
            read(b"Label,who,Topic,Post\nis,ada,fees,abc\n\nis-not,bob,\"a, b\",def\n").unwrap();
        let row = |line, post: &str, topic: &str, answer| {
            let (post, topic) = (post.to_owned(), topic.to_owned());
            Row { line, post, topic, answer }
        };
        assert_eq!(rows, [row(2, "abc", "fees", Answer::Is), row(4, "def", "a, b", Answer::IsNot)]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = |text: &str| read(text.as_bytes()).unwrap_err();
        assert_eq!(
            wrong("post,topic,label\n,fees,is\na,,maybe\n"),
            [
                "line 2: it has no post",
                "line 3: it has no topic",
                "line 3: the label \"maybe\" is none: write “is” or “is not”"
            ]
        );
        assert!(wrong("post;answer\na;is\n")[0].contains("no column “topic”"));
        assert!(wrong("")[0].contains("it is empty"));
    }
}
