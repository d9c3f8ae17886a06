//! Tables read from CSV, Arrow and Parquet: kinds, numbers, declarations, and every failure by its message.

use std::fs::File;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch,
    RecordBatchIterator, StringArray, TimestampSecondArray,
};
use lime_tabular::{
    Block, ColumnOverrides, Declared, Error, Field, Kind, Note, OneHot, OneHots, Overrides, Reader, RowParser, Schema,
    TimeUnit,
};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");

fn open(csv: &str) -> Result<Reader, Error> {
    with(csv, Overrides::new())
}

fn with(csv: &str, known: Overrides) -> Result<Reader, Error> {
    Reader::builder().overrides(known).csv("t.csv", Cursor::new(csv.to_string()))
}

/// The whole table by columns, and the reader after it.
fn columns(mut reader: Reader) -> (Vec<Vec<f64>>, Reader) {
    let matrix = reader.read_matrix().unwrap();
    (matrix.column_iter().map(|column| column.iter().copied().collect()).collect(), reader)
}

fn message(result: Result<Reader, Error>) -> String {
    result.and_then(|mut reader| reader.read_matrix().map(drop)).unwrap_err().to_string()
}

fn kind(csv: &str) -> Kind {
    open(csv).unwrap().schema().fields()[0].kind().clone()
}

fn levels(names: &[&str]) -> Kind {
    Kind::Levels(names.iter().map(ToString::to_string).collect())
}

fn kinds(reader: &Reader) -> Vec<(&str, &Kind)> {
    reader.schema().fields().iter().map(|field| (field.name(), field.kind())).collect()
}

/// Values by their bits, so that NaN is NaN.
fn bits(columns: &[Vec<f64>]) -> Vec<Vec<u64>> {
    columns.iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn penguins() {
    let known = Overrides::new().label("species");
    let reader = Reader::builder().overrides(known).keep([3, 7]).open(format!("{DATA}penguins.csv")).unwrap();
    let (columns, reader) = columns(reader);
    let (islands, sexes) = (levels(&["Biscoe", "Dream", "Torgersen"]), levels(&["female", "male"]));
    let number = &Kind::Continuous;
    let expected = [
        ("island", &islands),
        ("bill_length_mm", number),
        ("bill_depth_mm", number),
        ("flipper_length_mm", number),
        ("body_mass_g", number),
        ("sex", &sexes),
        ("year", &Kind::Integer),
    ];
    assert_eq!(kinds(&reader), expected);
    assert_eq!(reader.classes(), ["Adelie", "Chinstrap", "Gentoo"]);
    assert_eq!((reader.rows(), reader.label(), reader.schema().groups().len()), (344, Some("species"), 0));
    // Counted with grep: 2 penguins were not measured, 11 have no sex; 168 lived on Biscoe.
    let missing = |column: &Vec<f64>| column.iter().filter(|value| value.is_nan()).count();
    assert_eq!(columns.iter().map(missing).collect::<Vec<_>>(), [0, 2, 2, 2, 2, 11, 0]);
    assert_eq!(columns[0].iter().filter(|code| **code == 0.0).count(), 168);
    // The fourth and the eighth penguin of the file.
    assert!(reader.row(3).unwrap()[1].is_nan());
    assert_eq!(reader.row(7).unwrap(), [2.0, 39.2, 19.6, 195.0, 4675.0, 1.0, 2007.0]);
    assert_eq!(
        reader.row(344).unwrap_err().to_string(),
        "row 344 does not exist: the table has 344 rows, the first is 0"
    );
    assert_eq!(
        reader.row(8).unwrap_err().to_string(),
        "row 8 was not kept: name it with ReaderBuilder::keep before the table is read"
    );
    assert_eq!(reader.notes(), []);
}

#[test]
fn tables_of_numbers() {
    for (file, label, rows, width, classes) in [
        ("iris", "target", 150, 4, 3),
        ("wine", "target", 178, 13, 3),
        ("breast_cancer", "target", 569, 30, 2),
        ("diabetes", "target", 442, 10, 214),
    ] {
        let known = Overrides::new().label(label);
        let (columns, reader) = columns(Reader::builder().overrides(known).open(format!("{DATA}{file}.csv")).unwrap());
        assert_eq!((columns.len(), columns[0].len(), reader.classes().len()), (width, rows, classes), "{file}");
        assert!(reader.schema().fields().iter().all(|field| *field.kind() == Kind::Continuous), "{file}");
        assert_eq!(reader.schema().groups(), [], "{file}");
    }
    let iris = Reader::builder().overrides(Overrides::new().label("target")).open(format!("{DATA}iris.csv")).unwrap();
    assert_eq!(iris.classes(), ["setosa", "versicolor", "virginica"]);
}

#[test]
fn kinds_by_cells() {
    assert_eq!(kind("x\n1\n-2\n+03\nNA\n"), Kind::Integer);
    assert_eq!(kind("x\n0\n1\n"), Kind::Integer);
    assert_eq!(kind("x\n1\n2.0\n"), Kind::Continuous);
    assert_eq!(kind("x\n1\n2e3\nnull\n"), Kind::Continuous);
    assert_eq!(kind("x\nTrue\nfalse\nNone\n"), Kind::Boolean);
    assert_eq!(kind("x\ny\nN\n"), Kind::Boolean);
    assert_eq!(kind("x\nF\nf\n"), levels(&["F", "f"]));
    assert_eq!(kind("x\n2024-02-29\nN/A\n1969-12-31\n"), Kind::Instant(TimeUnit::Days));
    assert_eq!(kind("x\n2024-02-29\n2024-02-29 10:00:00\n"), Kind::Instant(TimeUnit::Seconds));
    assert_eq!(kind("x\n2024-02-29T10:00:00Z\n2024-02-29T10:00:00.5+02:00\n"), Kind::Instant(TimeUnit::Milliseconds));
    assert_eq!(kind("x\n2024-02-29\n2024-02-30\n"), levels(&["2024-02-29", "2024-02-30"]));
    assert_eq!(kind("x\nb\n10\n9\nb\n"), levels(&["10", "9", "b"]));
    let (read, _) = columns(open("a,b,c\nyes,2024-02-29,x\nNo,1970-01-02,\n").unwrap());
    assert_eq!(bits(&read), bits(&[vec![1.0, 0.0], vec![19_782.0, 1.0], vec![0.0, f64::NAN]]));
}

#[test]
fn written_as_csv_is() {
    // A byte order mark, carriage returns, quoted commas, quotes and line ends, spaces after commas, a tab as separator.
    let csv = "\u{feff}\"a\",b\r\n\"x, \"\"y\"\"\",1\r\n\"two\nlines\", 2\r\n";
    let (read, reader) = columns(open(csv).unwrap());
    assert_eq!(kinds(&reader), [("a", &levels(&["two\nlines", "x, \"y\""])), ("b", &Kind::Integer)]);
    assert_eq!(read, [vec![1.0, 0.0], vec![1.0, 2.0]]);
    let reader = Reader::builder().delimiter(b';').csv("t.csv", Cursor::new("a;b\n1;2,5\n")).unwrap();
    assert_eq!(kinds(&reader), [("a", &Kind::Integer), ("b", &levels(&["2,5"]))]);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("t.tsv"), "a\tb\n1\t2\n").unwrap();
    assert_eq!(Reader::builder().open(directory.path().join("t.tsv")).unwrap().schema().fields().len(), 2);
}

#[test]
fn tables_that_are_none() {
    assert_eq!(message(open("")), "the table t.csv is empty: its first line must name the columns");
    assert_eq!(message(open("a,b\n")), "the table t.csv has a header and no rows");
    let no_header =
        |line| format!("the table t.csv has no header: its first line is {line:?} and must name the columns");
    assert_eq!(message(open("5.1,3.5\n4.9,3.0\n")), no_header("5.1,3.5"));
    assert_eq!(message(open(",\n1,2\n")), no_header(","));
    assert!(open("0,1\n5.1,3.5\n").is_ok() && open("1,2\n5.1,3.5\n").is_ok());
    assert_eq!(message(open("a,b,a\n1,2,3\n")), "two columns are named \"a\": rename one");
    assert_eq!(message(open("a,b\n1,2\n\"x\ny\"\n")), "the table t.csv, line 3: 1 cell(s) where the header has 2");
    assert_eq!(message(open("a,b\n1,2\n1,2,3\n")), "the table t.csv, line 3: 3 cell(s) where the header has 2");
    let latin = Reader::builder().csv("t.csv", Cursor::new(b"a\nx\n\xe9\n".to_vec()));
    assert_eq!(message(latin), "the table t.csv, line 3 is not UTF-8: save the table in that encoding");
    let all = Overrides::new().label("a").drop(["b"]);
    assert_eq!(
        message(with("a,b\n1,2\n", all)),
        "no feature is left in the table t.csv: every column is the label or dropped"
    );
    let missing = Reader::builder().open("no/such.csv");
    assert!(message(missing).starts_with("cannot read the table no/such.csv: "));
    assert_eq!(
        message(Reader::builder().open("table.xlsx")),
        "cannot read the table table.xlsx: its name must end in one of .csv, .tsv, .parquet, .pq, .arrow, .arrows, \
         .feather, .ipc"
    );
    let directory = tempfile::tempdir().unwrap();
    for name in ["t.parquet", "t.feather"] {
        let path = directory.path().join(name);
        std::fs::write(&path, "no such format, for sure").unwrap();
        assert!(message(Reader::builder().open(&path)).starts_with("cannot read the table "), "{name}");
        std::fs::write(&path, "").unwrap();
        assert!(message(Reader::builder().open(&path)).ends_with("is empty: its first line must name the columns"));
    }
}

#[test]
fn columns_that_are_none() {
    let csv = "a,b\n1,2\n";
    assert_eq!(
        message(with(csv, Overrides::new().label("y"))),
        "there is no column \"y\" for label; the columns are: a, b"
    );
    assert_eq!(
        message(with(csv, Overrides::new().drop(["c"]))),
        "there is no column \"c\" for drop; the columns are: a, b"
    );
    assert_eq!(
        message(with(csv, Overrides::new().column("c", ColumnOverrides::new()))),
        "there is no column \"c\" for columns.\"c\"; the columns are: a, b"
    );
    let group = OneHots::Given(vec![OneHot::new("g", ["a", "z"])]);
    assert_eq!(
        message(with(csv, Overrides::new().one_hot(group))),
        "there is no column \"z\" for the one-hot group \"g\"; the columns are: a, b"
    );
    assert_eq!(
        message(with(csv, Overrides::new().label("a").drop(["a"]))),
        "the column \"a\" is given to both label and drop"
    );
    assert_eq!(
        message(open("a,b\n1,\n2,NA\n")),
        "the column \"b\" has no values in the first 2 row(s): drop it, or declare its kind"
    );
    assert_eq!(message(open("a\n1\ninf\n")), "line 3, column \"a\" is inf, not a finite number");
}

#[test]
fn later_cells_that_contradict() {
    let sampled = |csv: &str| Reader::builder().sample_rows(2).block_rows(2).csv("t.csv", Cursor::new(csv.to_string()));
    assert_eq!(
        message(sampled("a,n\n1,0\n2,0\n3,0\n3.5,0\n")),
        "line 5, column \"n\": \"0\" is not".replace("\"n\": \"0\"", "\"a\": \"3.5\"")
            + " a whole number; the first 2 row(s) are whole numbers, so declare the column, as in [columns.\"a\"] kind = \
               \"continuous\", or name the word for missing cells: missing = [\"3.5\"]"
    );
    assert!(message(sampled("a\n1.5\n2\n3\n?\n")).starts_with("line 5, column \"a\": \"?\" is not a number; "));
    assert!(message(sampled("a\ntrue\nfalse\nmaybe\n")).contains("\"maybe\" is not true or false; "));
    assert!(message(sampled("a\n2024-01-01\n2024-01-02\nsoon\n")).contains("\"soon\" is not a date; "));
    assert_eq!(message(sampled("a\n1\n2\n3\ninf\n")), "line 5, column \"a\" is inf, not a finite number");
    // A whole number with a point is whole; blocks before the error are read.
    let mut reader = sampled("a\n1\n2\n3.0\n4\nx\n").unwrap();
    let read: Vec<Block> = reader.by_ref().map_while(Result::ok).collect();
    assert_eq!(read.iter().map(Block::first_row).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(read[1].columns(), [[3.0, 4.0]]);
    assert_eq!(read[1].row(1).unwrap(), [4.0]);
    assert!(reader.next().is_none());
    // What is declared is no inference of ours.
    let known = Overrides::new().column("a", ColumnOverrides::new().kind(Declared::Integer));
    assert_eq!(
        message(with("a\nx\n", known)),
        "line 2, column \"a\": \"x\" is not a whole number; its kind is declared so: correct the cell, declare another \
         kind, or name the word for missing cells"
    );
}

#[test]
fn levels_grow_after_the_sample() {
    let csv = "a\nm\nk\nz\nb\nm\n";
    let reader = Reader::builder().sample_rows(2).block_rows(2).csv("t.csv", Cursor::new(csv)).unwrap();
    assert_eq!(reader.schema().fields()[0].kind(), &levels(&["k", "m"]));
    let (read, reader) = columns(reader);
    assert_eq!(read, [[1.0, 0.0, 2.0, 3.0, 1.0]]);
    assert_eq!(reader.schema().fields()[0].kind(), &levels(&["k", "m", "z", "b"]));
    let (read, reader) = columns(open(csv).unwrap());
    assert_eq!(
        (read, reader.schema().fields()[0].kind()),
        (vec![vec![2.0, 1.0, 3.0, 0.0, 2.0]], &levels(&["b", "k", "m", "z"]))
    );
}

#[test]
fn a_schema_finds_its_columns_by_name() {
    let sexes = levels(&["f", "m"]);
    let schema = Schema::new([Field::new("age", Kind::Integer), Field::new("sex", sexes.clone())]).unwrap();
    let given = |csv: &str, schema: &Schema, known: Overrides| {
        Reader::builder().schema(schema.clone()).overrides(known).csv("t.csv", Cursor::new(csv.to_string()))
    };
    let csv = "sex,y,extra,age\nm,1,q,44\nf,0,q,NA\n";
    let (read, reader) = columns(given(csv, &schema, Overrides::new().label("y")).unwrap());
    assert_eq!(bits(&read), bits(&[vec![44.0, f64::NAN], vec![1.0, 0.0]]));
    assert_eq!((reader.schema(), reader.ignored()), (&schema, &["extra".to_string()][..]));
    assert_eq!(reader.notes(), [Note::Ignored { column: "extra".into() }]);
    assert_eq!(reader.notes()[0].to_string(), "the column \"extra\" is not in the schema and was left out");
    // Rows without a label can be read as well.
    assert_eq!(given("age,sex\n1,f\n", &schema, Overrides::new().label("y")).unwrap().label(), None);

    assert_eq!(
        message(given("sex,x\nm,1\n", &schema, Overrides::new())),
        "the table t.csv has no column \"age\", which the schema has; its columns are: sex, x"
    );
    assert_eq!(
        message(given("sex,age\nm,1\nd,2\n", &schema, Overrides::new())),
        "line 3, column \"sex\": the category \"d\" is not among the known ones: f, m"
    );
    let open = Schema::new([Field::new("sex", sexes).other(true)]).unwrap();
    let (read, _) = columns(given("sex\nm\nd\nNA\n", &open, Overrides::new()).unwrap());
    assert_eq!(bits(&read), bits(&[vec![1.0, 2.0, f64::NAN]]));
    let many = Kind::Levels((0..25).map(|i| format!("l{i}")).collect());
    let many = Schema::new([Field::new("a", many)]).unwrap();
    assert!(message(given("a\nx\n", &many, Overrides::new())).ends_with("l18, l19 and 5 more"));
    assert_eq!(
        message(given("age,sex\n1,f\n", &schema, Overrides::new().label("age"))),
        "the column \"age\" is given to both label and the schema"
    );
}

#[test]
fn declarations_change_what_is_read() {
    let csv = "age,size,year,day,code,flag,when\n-999,M,2007,29/02/2024,1.0,0,86400\n31,S,2008,01/01/1970,2,1,0\n";
    let known = Overrides::new()
        .missing(["?"])
        .column("age", ColumnOverrides::new().sentinel(-999.0).bounds(0.0, 120.0).edges([18.0, 65.0]))
        .column("size", ColumnOverrides::new().kind(Declared::Ordinal).levels(["S", "M", "L"]))
        .column("year", ColumnOverrides::new().kind(Declared::Categorical).frozen(true))
        .column("day", ColumnOverrides::new().format("%d/%m/%Y"))
        .column("code", ColumnOverrides::new().levels(["2", "1"]))
        .column("flag", ColumnOverrides::new().kind(Declared::Boolean).nullable(true))
        .column("when", ColumnOverrides::new().unit(TimeUnit::Seconds));
    assert_eq!(known.edges_of("age"), Some(&[18.0, 65.0][..]));
    let (read, reader) = columns(with(csv, known).unwrap());
    let expected = [
        vec![-999.0, 31.0],
        vec![1.0, 0.0],
        vec![2007.0, 2008.0],
        vec![19_782.0, 0.0],
        vec![1.0, 0.0],
        vec![0.0, 1.0],
        vec![86_400.0, 0.0],
    ];
    assert_eq!(read, expected);
    let fields = reader.schema().fields();
    assert_eq!(fields[0], Field::new("age", Kind::Integer).sentinel(-999.0).bounds(0.0, 120.0).unwrap());
    assert_eq!(*fields[1].kind(), Kind::Ordinal(["S", "M", "L"].map(String::from).to_vec()));
    assert!(*fields[2].kind() == Kind::Categorical && fields[2].is_frozen());
    assert_eq!(*fields[3].kind(), Kind::Instant(TimeUnit::Days));
    assert_eq!(*fields[4].kind(), levels(&["2", "1"]));
    assert!(*fields[5].kind() == Kind::Boolean && fields[5].is_nullable());
    assert_eq!(*fields[6].kind(), Kind::Instant(TimeUnit::Seconds));

    // A missing cell is the sentinel where there is one; levels may be called like missing cells; words of one column.
    let known = Overrides::new()
        .column("a", ColumnOverrides::new().sentinel(-1.0))
        .column("b", ColumnOverrides::new().levels(["None", "x"]))
        .column("c", ColumnOverrides::new().missing(["999", "?"]));
    let (read, _) = columns(with("a,b,c\n,None,999\n3,x,?\n-1,,7\n", known).unwrap());
    let expected = [vec![-1.0, 3.0, -1.0], vec![0.0, 1.0, f64::NAN], vec![f64::NAN, f64::NAN, 7.0]];
    assert_eq!(bits(&read), bits(&expected));
    // Of a column that takes others, levels do not grow.
    let known = Overrides::new().column("a", ColumnOverrides::new().other(true));
    let reader = Reader::builder().sample_rows(2).overrides(known).csv("t.csv", Cursor::new("a\nx\ny\nz\n")).unwrap();
    let (read, reader) = columns(reader);
    assert_eq!((read, reader.schema().fields()[0].kind()), (vec![vec![0.0, 1.0, 2.0]], &levels(&["x", "y", "other"])));
}

#[test]
fn declarations_that_contradict() {
    let fails = |known: ColumnOverrides, reason: &str| {
        let text = message(with("a\n1\n", Overrides::new().column("a", known)));
        assert!(text.contains(reason), "{text}");
    };
    let new = ColumnOverrides::new;
    fails(new().levels(["x", "x"]), "the declarations of the column \"a\": the level \"x\" is given twice");
    fails(new().levels([""; 0]), "it has levels, and none is named");
    fails(new().levels(["x"]).kind(Declared::Integer), "so its kind must be categorical or ordinal");
    fails(new().kind(Declared::Ordinal), "it is ordinal, so its levels must be given, the lowest first");
    fails(new().format("%d").kind(Declared::Integer), "so its kind must be instant");
    fails(new().format("%Q"), "\"%Q\" is no format of dates");
    fails(new().sentinel(f64::NAN), "must be finite");
    fails(new().edges([2.0, 1.0]), "column a: the bin edges [2.0, 1.0] are not finite and strictly rising");
    fails(new().bounds(2.0, 1.0), "column a: the bounds 2 and 1 leave no value");
}

#[test]
fn one_hot_groups_of_a_table() {
    let csv = "n,color_red,color_blue,is_a,is_b,bit\n5,1,0,1,0,1\n6,0,1,0,1,1\n7,0,1,1,0,0\n";
    let groups = |known: Overrides| with(csv, known).unwrap().schema().groups().to_vec();
    let both = [OneHot::new("color", ["color_red", "color_blue"]), OneHot::new("is", ["is_a", "is_b"])];
    assert_eq!(groups(Overrides::new()), both);
    assert_eq!(groups(Overrides::new().one_hot(OneHots::Off)), []);
    let own = OneHot::new("pair", ["color_red", "color_blue"]);
    assert_eq!(groups(Overrides::new().one_hot(OneHots::Given(vec![own.clone()]))), [own]);
    // The codes of texts are no such columns.
    assert_eq!(open("sex,is_female\nf,1\nm,0\nf,1\n").unwrap().schema().groups(), []);
    // A row after the sample takes a group back.
    let later = format!("{csv}8,1,1,0,1,0\n");
    let reader = Reader::builder().sample_rows(3).csv("t.csv", Cursor::new(later)).unwrap();
    assert_eq!(reader.schema().groups(), both);
    let (_, reader) = columns(reader);
    assert_eq!(reader.schema().groups(), [OneHot::new("is", ["is_a", "is_b"])]);
}

#[test]
fn identifiers_are_noted() {
    let csv = |last: &str| {
        let rows: String = (0..12).map(|i| format!("id{i},a\n")).collect();
        format!("id,b\n{rows}{last},a\n")
    };
    let reader = columns(open(&csv("id12")).unwrap()).1;
    assert_eq!(reader.notes(), [Note::Identifier { column: "id".into(), texts: 13 }]);
    assert_eq!(
        reader.notes()[0].to_string(),
        "the column \"id\" has 13 texts and all are different: if they are identifiers, drop it"
    );
    assert_eq!(columns(open(&csv("id3")).unwrap()).1.notes(), []);
}

#[test]
fn numbers_with_a_few_other_cells_are_noted() {
    let csv = "bill,island\n39.1,Torgersen\n?,Biscoe\n40.3,Dream\n36.7,Dream\n39.1,2\n,3\n";
    let reader = columns(open(csv).unwrap()).1;
    let note = Note::AlmostNumbers { column: "bill".into(), numbers: 3, others: vec!["?".into()] };
    assert_eq!(reader.notes(), [note]);
    let shown = reader.notes()[0].to_string();
    assert!(
        shown.starts_with("the column \"bill\" is taken for categories, of which 3 are numbers and 1 not (\"?\"): if"),
        "{shown}"
    );
    // What is said to be missing, or a category, needs no note.
    let missing = Overrides::new().missing(["?", ""]);
    let reader = Reader::builder().overrides(missing).csv("t.csv", Cursor::new(csv)).unwrap();
    assert_eq!(columns(reader).1.notes(), []);
    let said = Overrides::from_toml("[columns.bill]\nkind = \"categorical\"\n").unwrap();
    let reader = Reader::builder().overrides(said).csv("t.csv", Cursor::new(csv)).unwrap();
    assert_eq!(columns(reader).1.notes(), []);
}

#[test]
fn labels_stand_apart() {
    let known = || Overrides::new().label("y");
    let mut reader = with("y,a\n10,1\n9,2\n9.0,3\nNA,4\n2,5\n", known()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let labels: Vec<Option<&str>> = block.labels().unwrap().iter().map(Option::as_deref).collect();
    assert_eq!(labels, [Some("10"), Some("9"), Some("9.0"), None, Some("2")]);
    assert_eq!(reader.classes(), ["2", "9", "10"]);
    assert_eq!(with("y,a\nb,1\n10,1\n9,1\nb,1\n", known()).unwrap().classes(), ["10", "9", "b"]);
    assert!(open("a\n1\n").unwrap().next_block().unwrap().unwrap().labels().is_none());
}

#[test]
fn single_rows_by_names() {
    let csv = "age,sex,day\n31,f,2024-02-29\n44,m,1970-01-02\n";
    let mut parser = open(csv).unwrap().parser();
    assert_eq!(parser.parse([("day", "1970-01-03"), ("sex", "m"), ("age", " 7 ")]).unwrap(), [7.0, 1.0, 2.0]);
    assert!(parser.parse([("day", "NA"), ("sex", "m"), ("age", "7")]).unwrap()[2].is_nan());
    let mut fails = |cells: &[(&str, &str)]| parser.parse(cells.iter().copied()).unwrap_err().to_string();
    assert_eq!(
        fails(&[("age", "1"), ("sex", "f")]),
        "the row has no column \"day\", which the schema has; its columns are: age, sex"
    );
    assert_eq!(fails(&[("size", "1")]), "there is no column \"size\" for the row; the columns are: age, sex, day");
    assert_eq!(fails(&[("age", "1"), ("age", "2")]), "two columns are named \"age\": rename one");
    assert_eq!(
        fails(&[("age", "1"), ("sex", "x"), ("day", "1970-01-01")]),
        "the row, column \"sex\": the category \"x\" is not among the known ones: f, m"
    );
    assert!(fails(&[("age", "old"), ("sex", "f"), ("day", "1970-01-01")]).contains("\"old\" is not a whole number"));
    let known = Overrides::new().column("day", ColumnOverrides::new().format("%d.%m.%Y"));
    let schema = Schema::new([Field::new("day", Kind::Instant(TimeUnit::Days))]).unwrap();
    assert_eq!(RowParser::new(&schema, &known).parse([("day", "02.01.1970")]).unwrap(), [1.0]);
}

/// A table of all kinds, as a batch and as CSV.
fn mixed() -> (RecordBatch, String) {
    let day: ArrayRef = Arc::new(Date32Array::from(vec![Some(19_782), None, Some(-1), Some(0)]));
    let time = TimestampSecondArray::from(vec![Some(1_709_208_000), Some(0), None, Some(59)]).with_timezone("UTC");
    let region: DictionaryArray<Int32Type> = vec![Some("west"), Some("east"), None, Some("west")].into_iter().collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("count", Arc::new(Int64Array::from(vec![Some(3), None, Some(-5), Some(0)])) as ArrayRef, true),
        ("price", Arc::new(Float64Array::from(vec![Some(0.5), Some(1.25), Some(-3e20), None])), true),
        ("member", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)])), true),
        ("name", Arc::new(StringArray::from(vec![Some("é, \"x\""), Some("b"), None, Some("b")])), true),
        ("region", Arc::new(region), true),
        ("day", day, true),
        ("time", Arc::new(time), true),
        ("hot_a", Arc::new(Int64Array::from(vec![1, 0, 0, 1])), false),
        ("hot_b", Arc::new(Int64Array::from(vec![0, 1, 1, 0])), false),
        ("label", Arc::new(StringArray::from(vec!["no", "yes", "no", "no"])), false),
    ])
    .unwrap();
    let csv = "count,price,member,name,region,day,time,hot_a,hot_b,label\n\
               3,0.5,true,\"é, \"\"x\"\"\",west,2024-02-29,2024-02-29 12:00:00,1,0,no\n\
               ,1.25,false,b,east,,1970-01-01 00:00:00,0,1,yes\n\
               -5,-3e20,,,,1969-12-31,,0,1,no\n\
               0,,true,b,west,1970-01-01,1970-01-01T00:00:59Z,1,0,no\n";
    (batch, csv.into())
}

fn write(name: &str, batch: &RecordBatch, path: &std::path::Path) {
    let file = File::create(path).unwrap();
    match name {
        "t.parquet" => {
            let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
            writer.write(batch).unwrap();
            writer.close().unwrap();
        }
        "t.arrows" => {
            let mut writer = arrow_ipc::writer::StreamWriter::try_new(file, &batch.schema()).unwrap();
            writer.write(batch).unwrap();
            writer.finish().unwrap();
        }
        _ => {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
            writer.write(batch).unwrap();
            writer.finish().unwrap();
        }
    }
}

#[test]
fn one_table_in_every_format() {
    let (batch, csv) = mixed();
    let known = || Overrides::new().label("label");
    let (expected, from_csv) = columns(with(&csv, known()).unwrap());
    assert_eq!(expected[5][0], 19_782.0);
    assert_eq!(expected[6][3], 59.0);
    assert_eq!(from_csv.schema().groups()[0].name, "hot");
    let directory = tempfile::tempdir().unwrap();
    for name in ["t.parquet", "t.arrow", "t.arrows"] {
        let path = directory.path().join(name);
        write(name, &batch, &path);
        for block in [1, 3, 4096] {
            let reader = Reader::builder().overrides(known()).block_rows(block).keep([2]).open(&path).unwrap();
            let (read, reader) = columns(reader);
            assert_eq!(bits(&read), bits(&expected), "{name}");
            assert_eq!(reader.schema(), from_csv.schema(), "{name}");
            assert_eq!(reader.classes(), ["no", "yes"]);
            assert_eq!(reader.row(2).unwrap()[0], -5.0);
        }
        // By a schema, in its order.
        let fields = from_csv.schema().fields();
        let schema = Schema::new([fields[4].clone(), fields[0].clone()]).unwrap();
        let (read, reader) = columns(Reader::builder().schema(schema).open(&path).unwrap());
        assert_eq!(bits(&read), bits(&[expected[4].clone(), expected[0].clone()]), "{name}");
        assert_eq!(reader.ignored().len(), 8);
    }
}

#[test]
fn texts_of_formats_with_types() {
    // Where missing cells have a form of their own, "NA", "1" and "true" are texts, unless it is declared otherwise.
    let texts = |values: Vec<Option<&str>>| {
        let array: ArrayRef = Arc::new(StringArray::from(values));
        let batch = RecordBatch::try_from_iter([("a", array)]).unwrap();
        RecordBatchIterator::new([Ok(batch.clone())], batch.schema())
    };
    let read = |known, values| columns(Reader::builder().overrides(known).batches("t", texts(values)).unwrap());
    let (_, reader) = read(Overrides::new(), vec![Some("NA"), Some("1"), None]);
    assert_eq!(reader.schema().fields()[0].kind(), &levels(&["1", "NA"]));
    let known = Overrides::new().missing(["NA"]).column("a", ColumnOverrides::new().kind(Declared::Continuous));
    let (numbers, _) = read(known, vec![Some("NA"), Some("1"), None]);
    assert_eq!(bits(&numbers), bits(&[vec![f64::NAN, 1.0, f64::NAN]]));
    let known = Overrides::new().column("a", ColumnOverrides::new().kind(Declared::Continuous));
    let failed = Reader::builder().overrides(known).batches("t", texts(vec![Some("1"), Some("x")]));
    assert!(message(failed).starts_with("row 1, column \"a\": \"x\" is not a number; "));

    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![Some(2)])]));
    let number: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let batch = RecordBatch::try_from_iter([("l", list), ("n", number)]).unwrap();
    let batches = || RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let text = message(Reader::builder().batches("t", batches()));
    assert!(text.starts_with("the column \"l\" is of type List(") && text.ends_with("drop it"), "{text}");
    assert!(Reader::builder().overrides(Overrides::new().drop(["l"])).batches("t", batches()).is_ok());
}

#[test]
fn schemas_come_back_from_toml() {
    let (_, csv) = mixed();
    let known = Overrides::new().label("label").column("price", ColumnOverrides::new().bounds(0.0, f64::INFINITY));
    let reader = with(&csv, known).unwrap();
    let toml = reader.known().to_toml().unwrap();
    let again = Overrides::from_toml(&toml).unwrap();
    assert_eq!(again, reader.known());
    assert_eq!(with(&csv, again).unwrap().schema(), reader.schema(), "{toml}");
    assert_eq!(Overrides::from_toml("").unwrap(), Overrides::new());

    let all = Overrides::new().label("y").drop(["a b", "ü"]).missing(["?"]).one_hot(OneHots::Off).column(
        "the \"when\".x",
        ColumnOverrides::new()
            .format("%d")
            .unit(TimeUnit::Days)
            .sentinel(-1.0)
            .missing(["-"])
            .edges([1.5])
            .frozen(true),
    );
    assert_eq!(Overrides::from_toml(&all.to_toml().unwrap()).unwrap(), all);
    let group =
        OneHot { name: "g".into(), columns: vec!["a".into(), "b".into()], levels: vec!["x".into(), "y".into()] };
    let groups = Overrides::new().one_hot(OneHots::Given(vec![group]));
    assert_eq!(Overrides::from_toml(&groups.to_toml().unwrap()).unwrap(), groups);
}

#[test]
fn toml_that_is_wrong() {
    for (text, parts) in [
        ("lable = \"y\"", &["line 1", "unknown field `lable`", "`label`, `drop`, `missing`, `one_hot`, `columns`"][..]),
        ("\n[columns.age]\nkid = \"integer\"", &["line 3", "unknown field `kid`", "expected one of `kind`, `levels`"]),
        (
            "[columns.age]\nkind = \"number\"",
            &["line 2", "unknown variant `number`", "`continuous`, `integer`, `boolean`"],
        ),
        ("one_hot = \"on\"", &["line 1", "\"auto\", \"off\" or groups"]),
        ("[[one_hot]]\nname = \"g\"\ncols = []", &["unknown field `cols`", "`name`, `columns`"]),
        ("[columns.age]\nmissing = [1, 2]", &["line 2", "one number for missing cells at most"]),
        ("[columns.age]\nbounds = [1]", &["line 2", "array of length 2"]),
        ("[columns.age]\nbounds = [2, 1]", &["column age: the bounds 2 and 1 leave no value"]),
        ("label = ", &["line 1"]),
    ] {
        let error = Overrides::from_toml(text).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}

/// The text of a code.
fn text(kind: &Kind, value: f64) -> Option<String> {
    kind.levels().and_then(|levels| levels.get(value as usize)).cloned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn cells_come_back(
        cells in prop::collection::vec(prop::collection::vec("[a-zé,\"\n;' ]{0,4}", 3), 1..20),
        block in 1usize..7,
        sample in 1usize..30,
    ) {
        // An "x" on both sides keeps words for missing cells, numbers and outer spaces out of the way.
        let cells: Vec<Vec<String>> =
            cells.iter().map(|row| row.iter().map(|cell| format!("x{cell}x")).collect()).collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["a,\"", "b\n", "ü"]).unwrap();
        cells.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let mut reader =
            Reader::builder().block_rows(block).sample_rows(sample).csv("t.csv", Cursor::new(bytes)).unwrap();
        let matrix = reader.read_matrix().unwrap();
        let fields = reader.schema().fields();
        prop_assert_eq!(fields.iter().map(Field::name).collect::<Vec<_>>(), ["a,\"", "b", "ü"]);
        for (i, row) in cells.iter().enumerate() {
            for (j, cell) in row.iter().enumerate() {
                let read = text(fields[j].kind(), matrix[(i, j)]);
                prop_assert_eq!(read.as_ref(), Some(cell));
            }
        }
    }

    #[test]
    fn numbers_come_back(values in prop::collection::vec(prop::option::of(-1e300f64..1e300), 2..40), block in 1usize..9) {
        prop_assume!(values.iter().any(Option::is_some));
        let lines: String = values.iter().map(|v| v.map_or("NA\n".into(), |v| format!("{v:?}\n"))).collect();
        let reader = Reader::builder().block_rows(block).csv("t.csv", Cursor::new(format!("x\n{lines}"))).unwrap();
        let (read, _) = columns(reader);
        let expected: Vec<f64> = values.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        prop_assert_eq!(bits(&read), bits(&[expected]));
    }
}
