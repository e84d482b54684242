"""What operators look at and do: lists, one of each noun, look-up, failure groups, figures."""
