//! Numbers with what they count.

use std::fmt::Display;

/// "1 story", "3 stories".
pub fn count<N>(number: N, one: &str, many: &str) -> String
where
    N: Copy + Display + TryInto<u64>,
{
    let is_one = number.try_into().is_ok_and(|number| number == 1);
    format!("{number} {}", if is_one { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_one() {
        assert_eq!(count(0_usize, "post", "posts"), "0 posts");
        assert_eq!(count(1_u32, "post", "posts"), "1 post");
        assert_eq!(count(2_u64, "post", "posts"), "2 posts");
    }
}
