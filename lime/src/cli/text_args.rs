//! The arguments of `lime text`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::args::{at_least_two, positive};
use super::shared_args::{RunArgs, SubjectArgs};

/// Explains a model's prediction for a text: which words moved it, and by how much.
///
/// Words are hidden at random, and the model is asked for each of the texts that come out of it. Of a text with more words than samples
/// can tell apart (--at-most), first the sentences are explained, and then the words in those that count.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("source").required(true)),
    group(ArgGroup::new("black_box").required(true)),
    mut_arg("samples", |arg| {
        arg.help("How many perturbed texts are drawn; where there are no more masks than that, each is asked for once [default: 5000]")
    }),
    mut_arg("batch", |arg| arg.help("Texts the model is asked for at once")),
)]
pub(crate) struct TextArgs {
    /// The text
    #[arg(long, value_name = "TEXT", group = "source")]
    pub(crate) text: Option<String>,

    /// The file with the text, in UTF-8
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) file: Option<PathBuf>,

    /// The text is on standard input
    #[arg(long, group = "source")]
    pub(crate) stdin: bool,

    /// The model, a program that is kept open: for a line with a JSON array of texts it writes a line with a JSON array of arrays of scores
    #[arg(long, value_name = "COMMAND", group = "black_box")]
    pub(crate) exec: Option<String>,

    /// The model, an ONNX file: one input of texts, (n,) or (n, 1), run by ONNX Runtime
    #[arg(long, value_name = "M.onnx", group = "black_box")]
    pub(crate) model: Option<PathBuf>,

    /// The model is VADER, a lexicon of English sentiment (Hutto and Gilbert 2014): its compound score, from -1 to 1
    #[arg(long, group = "black_box")]
    pub(crate) vader: bool,

    /// The seconds that the program may take for a batch
    #[arg(long, value_name = "S", default_value_t = 60.0, value_parser = positive)]
    pub(crate) time_limit: f64,

    /// What is hidden: word (the original's), unicode-word, char, sentence, line
    #[arg(long, value_enum, default_value_t = Units::Word)]
    pub(crate) units: Units,

    /// Every place counts for itself, instead of all places of a word together
    #[arg(long)]
    pub(crate) positions: bool,

    /// What stands where a unit is hidden [default: nothing; with --positions UNKWORDZ, and for characters the
    /// character 0, which --model does not take]
    #[arg(long, value_name = "TEXT")]
    pub(crate) mask: Option<String>,

    /// The most features that are explained at once; texts of more are explained in stages, of which each has as many
    /// samples and stops by the rule
    #[arg(long, value_name = "K", default_value_t = 1000, value_parser = at_least_two)]
    pub(crate) at_most: usize,

    /// The output to explain, by index from 0 [default: the model's top output]
    #[arg(long, value_name = "INDEX", group = "outputs")]
    pub(crate) target: Option<usize>,

    #[command(flatten)]
    pub(crate) subject: SubjectArgs,

    /// The width of the kernel on 100 times the cosine distance of masks
    #[arg(long, value_name = "W", default_value_t = 25.0, value_parser = positive)]
    pub(crate) kernel_width: f64,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Units {
    Word,
    UnicodeWord,
    Char,
    Sentence,
    Line,
}
