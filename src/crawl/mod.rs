//! Fetching like a good guest: when (schedule, pure), how (http, robots), and what came of it (visit).
