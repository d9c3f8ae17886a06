//! Tree ensembles as operators of the engine. Its own evaluator is left aside: it has no regressors, takes time quadratic in
//! the size of a forest and follows the indices of a file unchecked.

use std::sync::Arc;

use tract_onnx::Onnx;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_hir::internal::*;

use crate::trees::Forest;

/// The operators that are replaced.
pub(crate) const OPERATORS: [&str; 2] = ["TreeEnsembleClassifier", "TreeEnsembleRegressor"];

/// The engine with the operators of this module.
pub(crate) fn register(mut onnx: Onnx) -> Onnx {
    for operator in OPERATORS {
        onnx.op_register.insert(operator, build);
    }
    onnx
}

fn build(_: &ParsingContext<'_>, node: &NodeProto) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    match Forest::read(node) {
        Ok(forest) => Ok((Box::new(TreeOp { forest: Arc::new(forest) }), vec![])),
        Err(reason) => bail!(reason),
    }
}

/// A forest in a graph. A classifier gives labels and scores, a regressor its targets.
#[derive(Debug, Clone)]
struct TreeOp {
    forest: Arc<Forest>,
}

impl PartialEq for TreeOp {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.forest, &other.forest)
    }
}

impl Eq for TreeOp {}

impl Op for TreeOp {
    fn name(&self) -> StaticName {
        "TreeEnsemble".into()
    }

    op_as_typed_op!();
}

impl EvalOp for TreeOp {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext<'_>, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let input = args_1!(inputs);
        let rows = input.cast_to::<f32>()?;
        let (&[count, columns], outputs) = (rows.shape(), self.forest.outputs()) else {
            bail!("trees need rows and columns, not the shape {:?}", rows.shape());
        };
        ensure!(
            columns >= self.forest.features().max(1),
            "trees that use {} columns came to rows of {columns}",
            self.forest.features()
        );
        let mut answers = Vec::with_capacity(count * outputs);
        let mut winners = Vec::with_capacity(count);
        let mut answer = vec![0.0; outputs];
        for row in rows.try_as_plain_ram()?.as_slice::<f32>()?.chunks_exact(columns) {
            self.forest.answer(row, &mut answer);
            answers.extend(answer.iter().map(|&output| output as f32));
            if let Some(labels) = self.forest.labels() {
                let highest = (1..outputs).fold(0, |best, k| if answer[k] > answer[best] { k } else { best });
                winners.push(labels[highest]);
            }
        }
        let answers = Tensor::from_shape(&[count, outputs], &answers)?.into_tvalue();
        Ok(match self.forest.labels() {
            Some(_) => tvec!(tensor1(&winners).into_tvalue(), answers),
            None => tvec!(answers),
        })
    }
}

impl TypedOp for TreeOp {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let [rows, columns] = &inputs[0].shape[..] else {
            bail!("trees need rows and columns, not the shape {:?}", inputs[0].shape);
        };
        if let Ok(columns) = columns.to_usize() {
            ensure!(
                columns >= self.forest.features(),
                "its trees use {} columns and get {columns}",
                self.forest.features()
            );
        }
        let answers = f32::fact([rows.clone(), self.forest.outputs().to_dim()]);
        Ok(match self.forest.labels() {
            Some(_) => tvec!(i64::fact([rows.clone()]), answers),
            None => tvec!(answers),
        })
    }

    as_op!();
}

impl InferenceRulesOp for TreeOp {
    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, InferenceRulesOp::nboutputs(self)?)?;
        solver.equals(&inputs[0].rank, 2)?;
        let answers = &outputs[outputs.len() - 1];
        solver.equals(&answers.datum_type, f32::datum_type())?;
        solver.equals(&answers.rank, 2)?;
        solver.equals(&answers.shape[0], &inputs[0].shape[0])?;
        solver.equals(&answers.shape[1], self.forest.outputs().to_dim())?;
        if self.forest.labels().is_some() {
            solver.equals(&outputs[0].datum_type, i64::datum_type())?;
            solver.equals(&outputs[0].rank, 1)?;
            solver.equals(&outputs[0].shape[0], &inputs[0].shape[0])?;
        }
        Ok(())
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(if self.forest.labels().is_some() { 2 } else { 1 })
    }

    as_op!();
    to_typed!();
}
