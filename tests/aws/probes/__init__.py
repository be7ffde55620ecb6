"""Ask AWS what is only assumed. Each probe records the answer beside the assumption: see tests/aws/questions.md."""
