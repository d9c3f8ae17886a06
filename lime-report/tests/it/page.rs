//! What is in a page, as a parser of HTML reads it.

use std::fmt::Write as _;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use lime_core::Explanation;
use lime_report::Page;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::{Value, json};

fn explanation(change: impl FnOnce(&mut Value)) -> Explanation {
    let mut document = json!({"format": "lime-explanation", "version": 1, "kind": "custom", "samples": 20, "seed": 7,
        "prediction": [0.25, 0.75], "output_names": ["no", "yes"], "explanations": [{"target": 1, "name": "yes",
        "intercept": 0.5, "local_prediction": 0.8, "score": 0.875, "features": [
            {"index": 0, "name": "age > 40", "weight": 0.5}, {"index": 2, "name": "dose", "weight": -0.25},
            {"index": 1, "name": "none", "weight": 0.0}]}]});
    change(&mut document);
    serde_json::from_value(document).unwrap()
}

/// The page as a tree; it must have no error in it, and every element that is opened must be closed.
fn parse(page: &str) -> RcDom {
    let mut options = ParseOpts::default();
    options.tokenizer.exact_errors = true;
    options.tree_builder.exact_errors = true;
    let tree = parse_document(RcDom::default(), options).one(page);
    assert!(tree.errors.borrow().is_empty(), "{:?}\n{page}", tree.errors.borrow());
    tree
}

/// All nodes below one, in the order of the page.
fn below(node: &Handle, into: &mut Vec<Handle>) {
    for child in node.children.borrow().iter() {
        into.push(child.clone());
        below(child, into);
    }
}

/// The elements of a name, under it those of a class where one is given.
fn elements(tree: &RcDom, wanted: &str) -> Vec<Handle> {
    let (wanted, class) = wanted.split_once('.').map_or((wanted, None), |(wanted, class)| (wanted, Some(class)));
    let mut nodes = Vec::new();
    below(&tree.document, &mut nodes);
    let is_wanted = |node: &Handle| match &node.data {
        NodeData::Element { name, .. } => {
            let classes = attribute(node, "class").unwrap_or_default();
            &*name.local == wanted && class.is_none_or(|class| classes.split(' ').any(|one| one == class))
        }
        _ => false,
    };
    nodes.into_iter().filter(is_wanted).collect()
}

fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|attribute| &*attribute.name.local == wanted).map(|found| found.value.to_string())
}

fn content(node: &Handle) -> String {
    let mut nodes = Vec::new();
    below(node, &mut nodes);
    nodes.iter().fold(String::new(), |mut text, node| {
        if let NodeData::Text { contents } = &node.data {
            let _ = write!(text, "{}", contents.borrow());
        }
        text
    })
}

fn contents(tree: &RcDom, wanted: &str) -> Vec<String> {
    elements(tree, wanted).iter().map(content).collect()
}

#[test]
fn a_page_says_what_the_explanation_says() {
    let tree = parse(&Page::new(&explanation(|_| ())).to_string());
    assert_eq!(contents(&tree, "title"), ["Explanation"]);
    assert_eq!(contents(&tree, "h2"), ["yes"]);
    // The predictions, the target's in bold, then the bars in the order of the explanation.
    assert_eq!(contents(&tree, "th"), ["no", "yes", "feature", "weight", "age > 40", "dose", "none"]);
    assert_eq!(contents(&tree, "td.number"), ["0.2500", "0.7500", "+0.5000", "-0.2500", "+0.0000"]);
    assert_eq!(contents(&tree, "tr.target"), ["yes0.7500"]);
    let facts = contents(&tree, "p.facts");
    assert_eq!(facts[1], "R2 0.875, intercept 0.5000, local prediction 0.8000 (model 0.7500)");
    // A half is all of the axis to the right, a quarter half of it to the left.
    let ends: Vec<Vec<String>> = elements(&tree, "rect")
        .iter()
        .map(|bar| ["class", "x", "width"].map(|name| attribute(bar, name).unwrap()).to_vec())
        .collect();
    let expected = [["raises", "0.00", "100.00"], ["lowers", "-50.00", "50.00"], ["neither", "0.00", "0.00"]];
    assert_eq!(ends, expected);
    assert!(elements(&tree, "script").is_empty() && elements(&tree, "link").is_empty());
    assert_eq!(elements(&tree, "style").len(), 1);
}

#[test]
fn names_and_texts_stay_text() {
    let names = [
        "<script>alert(1)</script>",
        "\"' onmouseover='x",
        "a & b &amp; c",
        "</style></title>",
        "\0\u{1b}[31m\n\u{9b}",
    ];
    let bidi = "\u{202e}desrever\u{2066}";
    let text = "<script>\"a\" & 'b'</script>\u{0}\u{7f} \u{202e}abc </div>\n\tend";
    let explanation = explanation(|document| {
        let features: Vec<Value> = names
            .iter()
            .chain([&bidi])
            .enumerate()
            .map(|(index, name)| json!({"index": index, "name": name, "weight": 1.0, "bytes": [[9 * index, 9 * index + 5]]}))
            .collect();
        document["explanations"][0]["features"] = features.into();
        document["explanations"][0]["name"] = names[0].into();
        document["explanations"][0]["rules"] = json!([names[1]]);
        document["output_names"] = json!([names[2], names[3]]);
        document["frozen"] = json!([names[0], bidi]);
        document["text"] = text.into();
    });
    let page = Page::new(&explanation).title(names[3]).picture(names[1], [1, 2]).to_string();
    let tree = parse(&page);
    assert!(elements(&tree, "script").is_empty());
    assert!(!page.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
    let shown = |name: &str| name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    assert_eq!(contents(&tree, "h1"), [names[3]]);
    assert_eq!(contents(&tree, "h2"), [names[0]]);
    assert_eq!(contents(&tree, "figcaption"), [names[1]]);
    assert_eq!(contents(&tree, "li"), [names[1]]);
    let rows = contents(&tree, "th");
    assert_eq!(rows[..2], [names[2], names[3]]);
    assert_eq!(rows[4..9], names.map(shown));
    // What turns the direction of writing is shut in.
    let shut = contents(&tree, "bdi").iter().filter(|name| *name == bidi).count();
    assert_eq!((rows[9].as_str(), shut), (bidi, 2));
    for mark in elements(&tree, "mark.raises").iter().skip(1) {
        assert!(attribute(mark, "title").unwrap().starts_with("+1.0000 "));
        assert_eq!(attribute(mark, "onmouseover"), None);
    }
    assert_eq!(contents(&tree, "div.text"), [text.replace(['\u{0}', '\u{7f}'], "\u{fffd}")]);
}

#[test]
fn texts_have_their_units_marked_in_place() {
    // é has two bytes, the family eighteen and the flag eight.
    let text = "é bad 👨‍👩‍👧 good 🇩🇪 good";
    let place = |from: usize, word: &str| {
        let start = from + text[from..].find(word).unwrap();
        json!([start, start + word.len()])
    };
    let explanation = explanation(|document| {
        document["text"] = text.into();
        document["explanations"][0]["features"] = json!([
            {"index": 1, "name": "good", "weight": 0.8, "bytes": [place(0, "good"), place(30, "good")]},
            {"index": 0, "name": "bad", "weight": -0.4, "bytes": [place(0, "bad"), [1, 2], [90, 99]]},
            {"index": 2, "name": "🇩🇪", "weight": 0.2, "bytes": [place(0, "🇩🇪")]}]);
    });
    let tree = parse(&Page::new(&explanation).to_string());
    assert_eq!(contents(&tree, "div.text"), [text]);
    // The first two are the legend's.
    let marks: Vec<[String; 3]> = elements(&tree, "mark")
        .iter()
        .skip(2)
        .map(|mark| [content(mark), attribute(mark, "class").unwrap(), attribute(mark, "style").unwrap()])
        .collect();
    let expected = [
        ["bad", "lowers", "--share:0.40"],
        ["good", "raises", "--share:0.70"],
        ["🇩🇪", "raises", "--share:0.25"],
        ["good", "raises", "--share:0.70"],
    ];
    assert_eq!(marks, expected);
    assert_eq!(attribute(&elements(&tree, "mark")[2], "title").unwrap(), "-0.4000 bad");
    let elsewhere = Page::new(&explanation).text("too short").to_string();
    assert_eq!(contents(&parse(&elsewhere), "div.text"), ["too short"]);
}

#[test]
fn deviations_are_whiskers_on_the_scale_of_the_bars() {
    let explanation = explanation(|document| {
        document["explanations"][0]["features"][0]["sd"] = 0.125.into();
        document["explanations"][0]["features"][1]["sd"] = 0.5.into();
    });
    let tree = parse(&Page::new(&explanation).to_string());
    let whiskers: Vec<[String; 2]> = elements(&tree, "line.whisker")
        .iter()
        .map(|line| ["x1", "x2"].map(|name| attribute(line, name).unwrap()))
        .filter(|[from, to]| from != to)
        .collect();
    // The longest reaches 0.25 + 0.5 = 0.75, which is 100.
    assert_eq!(whiskers, [["50.00", "83.33"], ["-100.00", "33.33"]]);
    assert_eq!(contents(&tree, "td.number")[2..], ["+0.5000", "± 0.1250", "-0.2500", "± 0.5000", "+0.0000", ""]);
}

#[test]
fn doubts_rules_and_interruptions_are_told() {
    let explanation = explanation(|document| {
        document["requested"] = 500.into();
        document["frozen"] = json!(["town", "year"]);
        let target = &mut document["explanations"][0];
        target["score"] = Value::Null;
        target["intercept"] = Value::Null;
        target["rules"] = json!(["a > 1: 0.5 (weight 3 %)", "always: 2"]);
        target["warnings"] =
            json!([{"kind": "constant_answers"}, {"kind": "rank_deficient", "rank": 3, "features": 5}]);
        target["features"] = json!([]);
    });
    assert!(explanation.targets[0].score.is_nan());
    let tree = parse(&Page::new(&explanation).to_string());
    let facts = contents(&tree, "p.facts");
    assert!(facts[0].contains("20 samples of 500 (the run was interrupted)"), "{facts:?}");
    assert_eq!(facts[1], "held fixed: town, year");
    assert_eq!(facts[2], "R2 is not defined: the answers do not vary, local prediction 0.8000 (model 0.7500)");
    let points = contents(&tree, "li");
    assert_eq!(points[0], format!("Warning: {}", explanation.targets[0].warnings[0]));
    assert_eq!(points[1], format!("Warning: {}", explanation.targets[0].warnings[1]));
    assert_eq!(points[2..], ["a > 1: 0.5 (weight 3 %)", "always: 2"]);
    assert!(elements(&tree, "svg").is_empty());
    assert!(contents(&tree, "p").contains(&"No feature has a weight.".to_string()));
}

#[test]
fn pages_have_so_many_bars_and_fold_the_outputs() {
    let mut explanation = explanation(|document| {
        document["prediction"] = vec![0.01; 100].into();
        document["output_names"] = json!([]);
        document["explanations"][0]["name"] = Value::Null;
    });
    let tree = parse(&Page::new(&explanation).features(1).picture("a picture", b"\x89PNG".as_slice()).to_string());
    assert_eq!(elements(&tree, "rect").len(), 1);
    assert!(contents(&tree, "p.facts").contains(&"2 features more are not shown".to_string()));
    assert_eq!(contents(&tree, "summary"), ["80 outputs more"]);
    assert_eq!(contents(&tree, "h2"), ["output 1"]);
    assert_eq!(elements(&tree, "tr").len(), 100 + 2);
    assert_eq!(attribute(&elements(&tree, "img")[0], "src").unwrap(), "data:image/png;base64,iVBORw==");
    // Numbers that a document of ours does not have.
    for (weight, sd) in [(f64::NAN, 1.0), (f64::INFINITY, f64::NAN), (-1e308, 1e308), (0.0, f64::INFINITY)] {
        explanation.targets[0].features[0].weight = weight;
        explanation.targets[0].features[0].sd = Some(sd);
        let tree = parse(&Page::new(&explanation).to_string());
        for bar in elements(&tree, "rect") {
            let width: f64 = attribute(&bar, "width").unwrap().parse().unwrap();
            assert!((0.0..=100.0).contains(&width));
        }
    }
}
