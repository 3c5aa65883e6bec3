"""What protos/wire/vectors/ is made from."""
