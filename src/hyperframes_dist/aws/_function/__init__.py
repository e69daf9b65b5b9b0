"""
Inside the Lambda function: tools unpacked, an event read, its job run, its times logged.

Takes events, gives answers small enough for the state machine. Never knows the client.
"""
