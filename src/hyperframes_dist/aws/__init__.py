"""
Rendering on AWS: one Lambda function in three roles, a state machine that fans out, and
S3, which holds everything.

Nothing here knows how a frame is drawn. The extra ``aws`` brings boto3.
"""

__all__: list[str] = []
