//! Parquet, as much of it as a table of posts needs: flat, every column optional, plain values in pages
//! packed by zstd. (Apache Parquet's `parquet.thrift`, 2.10; its own crate would be fifteen more to build.)
//!
//! A file is `PAR1`, row groups with a page for each column, the description of all that, its length and
//! `PAR1` again.

use std::io::{self, Write};

use super::row::{Cell, Kind};

const MAGIC: &[u8; 4] = b"PAR1";

/// A row group is written when its cells take so many bytes: it is held in memory until then, and a page may
/// not have more than 2 GiB.
const GROUP_BYTES: usize = 32 << 20;

/// zstd's own default.
const LEVEL: i32 = 3;

// Numbers of the format.
const INT64: u64 = 2;
const FLOAT: u64 = 4;
const BYTE_ARRAY: u64 = 6;
const OPTIONAL: u64 = 1;
const UTF8: u64 = 0;
const TIMESTAMP_MILLIS: u64 = 9;
const PLAIN: u64 = 0;
const RLE: u64 = 3;
const ZSTD: u64 = 6;
const DATA_PAGE: u64 = 0;

/// A file that is being written.
pub(super) struct Parquet<'o> {
    out: &'o mut dyn Write,
    at: u64,
    columns: Vec<Column>,
    /// The descriptions of the row groups so far.
    groups: Vec<Vec<u8>>,
    rows: u64,
    rows_of_group: u64,
}

/// A column of the row group that is gathered.
struct Column {
    name: &'static str,
    kind: Kind,
    values: Vec<u8>,
    /// Whether there is a value, and for how many rows in a row.
    present: Vec<(bool, u64)>,
}

impl<'o> Parquet<'o> {
    pub(super) fn begin(
        out: &'o mut dyn Write,
        columns: &[(&'static str, Kind)],
    ) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        let empty = |&(name, kind)| Column { name, kind, values: Vec::new(), present: Vec::new() };
        let columns = columns.iter().map(empty).collect();
        let at = MAGIC.len() as u64;
        Ok(Self { out, at, columns, groups: Vec::new(), rows: 0, rows_of_group: 0 })
    }

    /// Adds a row: a cell for each column.
    pub(super) fn push(&mut self, row: Vec<Option<Cell>>) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.push(cell);
        }
        self.rows_of_group += 1;
        let bytes: usize = self.columns.iter().map(|column| column.values.len()).sum();
        if bytes < GROUP_BYTES { Ok(()) } else { self.write_group() }
    }

    /// Writes what is left, and the description of all; how many rows there are.
    pub(super) fn end(mut self) -> io::Result<u64> {
        if self.rows_of_group > 0 {
            self.write_group()?;
        }
        let mut all = Thrift::default();
        all.number(1, 1);
        let mut root = Thrift::default();
        root.text(4, "posts");
        root.number(5, self.columns.len() as u64);
        let columns = self.columns.iter().map(Column::schema);
        let schema: Vec<Vec<u8>> = std::iter::once(root.end()).chain(columns).collect();
        all.structs(2, &schema);
        all.long(3, self.rows);
        all.structs(4, &self.groups);
        all.text(6, concat!("overheard ", env!("CARGO_PKG_VERSION")));
        let all = all.end();
        self.out.write_all(&all)?;
        self.out.write_all(&(all.len() as u32).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        self.out.flush()?;
        Ok(self.rows)
    }

    fn write_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows_of_group);
        let (mut chunks, mut bytes) = (Vec::new(), 0);
        for column in &mut self.columns {
            let page = column.take_page();
            let packed = zstd::bulk::compress(&page, LEVEL)?;
            let header = page_header(rows, &page, &packed);
            self.out.write_all(&header)?;
            self.out.write_all(&packed)?;
            let sizes = [page.len(), packed.len()].map(|size| (header.len() + size) as u64);
            chunks.push(column.chunk(rows, sizes, self.at));
            self.at += sizes[1];
            bytes += sizes[0];
        }
        let mut group = Thrift::default();
        group.structs(1, &chunks);
        group.long(2, bytes);
        group.long(3, rows);
        self.groups.push(group.end());
        self.rows += rows;
        Ok(())
    }
}

impl Column {
    fn push(&mut self, cell: Option<Cell>) {
        match self.present.last_mut() {
            Some((is, run)) if *is == cell.is_some() => *run += 1,
            _ => self.present.push((cell.is_some(), 1)),
        }
        match cell {
            Some(Cell::Text(text)) => {
                // Bounded: a text is far below 4 GiB.
                self.values.extend((text.len() as u32).to_le_bytes());
                self.values.extend(text.as_bytes());
            }
            Some(Cell::Score(score)) => self.values.extend(score.to_le_bytes()),
            Some(Cell::Moment(moment)) => self.values.extend(moment.to_le_bytes()),
            None => {}
        }
    }

    /// Which rows have a value, in runs; and the values.
    fn take_page(&mut self) -> Vec<u8> {
        let mut levels = Vec::new();
        for (is, run) in std::mem::take(&mut self.present) {
            varint(&mut levels, run << 1);
            levels.push(u8::from(is));
        }
        let mut page = (levels.len() as u32).to_le_bytes().to_vec();
        page.extend(levels);
        page.append(&mut self.values);
        page
    }

    const fn physical(&self) -> u64 {
        match self.kind {
            Kind::Text => BYTE_ARRAY,
            Kind::Score => FLOAT,
            Kind::Moment => INT64,
        }
    }

    fn schema(&self) -> Vec<u8> {
        let mut schema = Thrift::default();
        schema.number(1, self.physical());
        schema.number(3, OPTIONAL);
        schema.text(4, self.name);
        match self.kind {
            Kind::Text => schema.number(6, UTF8),
            Kind::Moment => schema.number(6, TIMESTAMP_MILLIS),
            Kind::Score => {}
        }
        schema.end()
    }

    /// The description of its page, which begins at `at`.
    fn chunk(&self, rows: u64, [plain, packed]: [u64; 2], at: u64) -> Vec<u8> {
        let mut about = Thrift::default();
        about.number(1, self.physical());
        about.numbers(2, &[PLAIN, RLE]);
        about.texts(3, &[self.name]);
        about.number(4, ZSTD);
        about.long(5, rows);
        about.long(6, plain);
        about.long(7, packed);
        about.long(9, at);
        let mut chunk = Thrift::default();
        chunk.long(2, at);
        chunk.nested(3, &about.end());
        chunk.end()
    }
}

fn page_header(rows: u64, page: &[u8], packed: &[u8]) -> Vec<u8> {
    let mut data = Thrift::default();
    data.number(1, rows);
    data.number(2, PLAIN);
    data.number(3, RLE);
    data.number(4, RLE);
    let mut header = Thrift::default();
    header.number(1, DATA_PAGE);
    header.number(2, page.len() as u64);
    header.number(3, packed.len() as u64);
    header.nested(5, &data.end());
    header.end()
}

/// A struct in Thrift's compact protocol; fields in the order of their numbers.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    last: u8,
}

impl Thrift {
    const I32: u8 = 5;
    const I64: u8 = 6;
    const BINARY: u8 = 8;
    const LIST: u8 = 9;
    const STRUCT: u8 = 12;

    fn field(&mut self, number: u8, kind: u8) {
        self.bytes.push((number - self.last) << 4 | kind);
        self.last = number;
    }

    /// A number of 32 bits.
    fn number(&mut self, field: u8, number: u64) {
        self.field(field, Self::I32);
        varint(&mut self.bytes, zigzag(number));
    }

    fn long(&mut self, field: u8, number: u64) {
        self.field(field, Self::I64);
        varint(&mut self.bytes, zigzag(number));
    }

    fn text(&mut self, field: u8, text: &str) {
        self.field(field, Self::BINARY);
        varint(&mut self.bytes, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    fn nested(&mut self, field: u8, inner: &[u8]) {
        self.field(field, Self::STRUCT);
        self.bytes.extend(inner);
    }

    fn numbers(&mut self, field: u8, numbers: &[u64]) {
        self.list(field, Self::I32, numbers.len());
        for number in numbers {
            varint(&mut self.bytes, zigzag(*number));
        }
    }

    fn texts(&mut self, field: u8, texts: &[&str]) {
        self.list(field, Self::BINARY, texts.len());
        for text in texts {
            varint(&mut self.bytes, text.len() as u64);
            self.bytes.extend(text.as_bytes());
        }
    }

    fn structs(&mut self, field: u8, structs: &[Vec<u8>]) {
        self.list(field, Self::STRUCT, structs.len());
        self.bytes.extend(structs.concat());
    }

    fn list(&mut self, field: u8, kind: u8, length: usize) {
        const SHORT: usize = 15;

        self.field(field, Self::LIST);
        if length < SHORT {
            self.bytes.push((length as u8) << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            varint(&mut self.bytes, length as u64);
        }
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

/// How a signed number is written; ours are never below 0.
const fn zigzag(number: u64) -> u64 {
    number << 1
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What a reader makes of a struct: numbers, texts, lists and structs by field.
    #[derive(Debug, Clone)]
    enum Read {
        Number(u64),
        Text(String),
        List(Vec<Read>),
        Struct(BTreeMap<u8, Read>),
    }

    impl Read {
        fn at(&self, field: u8) -> &Self {
            let Self::Struct(fields) = self else { panic!("{self:?} is no struct") };
            &fields[&field]
        }

        fn number(&self) -> u64 {
            let Self::Number(number) = self else { panic!("{self:?} is no number") };
            *number
        }

        fn text(&self) -> &str {
            let Self::Text(text) = self else { panic!("{self:?} is no text") };
            text
        }

        fn list(&self) -> &[Self] {
            let Self::List(list) = self else { panic!("{self:?} is no list") };
            list
        }
    }

    struct Reader<'b>(&'b [u8]);

    impl Reader<'_> {
        fn byte(&mut self) -> u8 {
            let (byte, rest) = self.0.split_first().unwrap();
            self.0 = rest;
            *byte
        }

        fn varint(&mut self) -> u64 {
            let (mut number, mut shift) = (0, 0);
            loop {
                let byte = self.byte();
                number |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    return number;
                }
            }
        }

        fn take(&mut self, length: usize) -> Vec<u8> {
            let (taken, rest) = self.0.split_at(length);
            self.0 = rest;
            taken.to_vec()
        }

        fn value(&mut self, kind: u8) -> Read {
            match kind {
                Thrift::I32 | Thrift::I64 => Read::Number(self.varint() >> 1),
                Thrift::BINARY => {
                    let length = self.varint() as usize;
                    Read::Text(String::from_utf8(self.take(length)).unwrap())
                }
                Thrift::LIST => {
                    let head = self.byte();
                    let length = if head >> 4 == 15 { self.varint() } else { u64::from(head >> 4) };
                    Read::List((0..length).map(|_| self.value(head & 15)).collect())
                }
                Thrift::STRUCT => {
                    let (mut fields, mut last) = (BTreeMap::new(), 0);
                    loop {
                        let head = self.byte();
                        if head == 0 {
                            return Read::Struct(fields);
                        }
                        last += head >> 4;
                        fields.insert(last, self.value(head & 15));
                    }
                }
                other => panic!("a kind {other} was never written"),
            }
        }
    }

    /// Every cell of a file, by column, as a reader of the format finds it.
    fn read(file: &[u8]) -> Vec<(String, Vec<Option<Cell>>)> {
        let end = file.len() - 8;
        assert_eq!((&file[..4], &file[end + 4..]), (&MAGIC[..], &MAGIC[..]));
        let length = u32::from_le_bytes(file[end..end + 4].try_into().unwrap()) as usize;
        let about = Reader(&file[end - length..end]).value(Thrift::STRUCT);
        let schema = about.at(2).list();
        let mut columns: Vec<(String, Vec<Option<Cell>>)> =
            schema[1..].iter().map(|column| (column.at(4).text().to_owned(), Vec::new())).collect();
        assert_eq!(schema[0].at(5).number() as usize, columns.len());
        for group in about.at(4).list() {
            for (chunk, (name, cells)) in group.at(1).list().iter().zip(&mut columns) {
                let about = chunk.at(3);
                assert_eq!(about.at(3).list()[0].text(), name);
                let mut page = Reader(&file[about.at(9).number() as usize..]);
                let header = page.value(Thrift::STRUCT);
                let packed = page.take(header.at(3).number() as usize);
                let plain = header.at(2).number() as usize;
                let plain = zstd::bulk::decompress(&packed, plain).unwrap();
                let mut page = Reader(&plain);
                let levels = u32::from_le_bytes(page.take(4).try_into().unwrap());
                let levels = page.take(levels as usize);
                let (mut levels, mut rows) = (Reader(&levels), 0);
                while !levels.0.is_empty() {
                    let run = levels.varint() >> 1;
                    let present = levels.byte() == 1;
                    rows += run;
                    for _ in 0..run {
                        cells.push(present.then(|| match about.at(1).number() {
                            INT64 => {
                                Cell::Moment(i64::from_le_bytes(page.take(8).try_into().unwrap()))
                            }
                            FLOAT => {
                                Cell::Score(f32::from_le_bytes(page.take(4).try_into().unwrap()))
                            }
                            _ => {
                                let length = u32::from_le_bytes(page.take(4).try_into().unwrap());
                                let text = page.take(length as usize);
                                Cell::Text(String::from_utf8(text).unwrap())
                            }
                        }));
                    }
                }
                assert_eq!(rows, group.at(3).number());
                assert!(page.0.is_empty());
            }
        }
        let rows = about.at(3).number() as usize;
        assert!(columns.iter().all(|(_, cells)| cells.len() == rows));
        columns
    }

    #[test]
    fn every_cell_comes_back_and_what_is_missing_is_missing() {
        let columns = [("id", Kind::Text), ("score", Kind::Score), ("said", Kind::Moment)];
        let text = |n: usize| match n % 7 {
            0 => None,
            1 => Some(Cell::Text(String::new())),
            _ => Some(Cell::Text(format!("{n} é 漢 \n").repeat(n))),
        };
        let rows: Vec<Vec<Option<Cell>>> = (0..300_usize)
            .map(|n| {
                let score = (n < 40).then(|| Cell::Score(n as f32 / 300.0));
                vec![
                    text(n),
                    score,
                    (n % 2 == 0).then(|| Cell::Moment(-1_000 * i64::try_from(n).unwrap())),
                ]
            })
            .collect();
        let mut file = Vec::new();
        let mut parquet = Parquet::begin(&mut file, &columns).unwrap();
        for (n, row) in rows.iter().enumerate() {
            parquet.push(row.clone()).unwrap();
            if n == 99 {
                // As if there were too much of it.
                parquet.write_group().unwrap();
            }
        }
        assert_eq!(parquet.end().unwrap(), 300);
        let read = read(&file);
        assert_eq!(
            read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["id", "score", "said"]
        );
        for (n, row) in rows.iter().enumerate() {
            let there: Vec<_> = read.iter().map(|(_, cells)| cells[n].clone()).collect();
            assert_eq!(&there, row);
        }
    }

    #[test]
    fn a_table_without_rows_is_a_file() {
        let mut file = Vec::new();
        let columns: Vec<_> = (0..20).map(|_| ("many", Kind::Text)).collect();
        assert_eq!(Parquet::begin(&mut file, &columns).unwrap().end().unwrap(), 0);
        assert_eq!(read(&file).len(), 20);
    }
}
