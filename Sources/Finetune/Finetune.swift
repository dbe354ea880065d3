// Finetune
