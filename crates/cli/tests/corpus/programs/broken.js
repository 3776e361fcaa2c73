// It cannot be compiled.
function price(fruit {
  return 3;
}
