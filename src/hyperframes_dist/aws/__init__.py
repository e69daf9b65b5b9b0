"""
Rendering on AWS: one function, one state machine, one bucket.

Import what you need from the modules; this one imports nothing, so that the function's
cold start and a caller that only writes a template pay for nothing else.

- `retries`: which error is tried again, and how often, from the tree of errors.
- `state_machine`: the state machine as a value, and the check of its input.
- `template`: the whole stack as one CloudFormation template.
- `cdk`: the same stack as a construct; needs the extra ``cdk``.
"""

__all__: list[str] = []
