//! Stories: the posts that report the same thing. Reprints are one.
